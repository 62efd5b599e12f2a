package dev.semblance.app.report;

/**
 * One line of a run's provenance, for instance {@code seed: 7} or {@code data: fashion-mnist test}.
 *
 * @param name what it is
 * @param value its value, as text
 */
public record Fact(String name, String value) {}
