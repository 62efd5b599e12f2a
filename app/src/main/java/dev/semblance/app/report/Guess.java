package dev.semblance.app.report;

/**
 * One of a model's answers.
 *
 * @param name of the class
 * @param probability 0..1; NaN where the model does not tell
 */
public record Guess(String name, double probability) {}
