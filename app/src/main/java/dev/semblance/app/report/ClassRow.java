package dev.semblance.app.report;

/**
 * How the images of one class fared.
 *
 * @param name of the class
 * @param n images attacked or misclassified
 * @param right before the attack
 * @param standing after it
 * @param low lower end of the 95 % interval of {@code standing / n}
 * @param high upper end
 * @param becomes the class that fooled images are most often taken for; empty where none
 * @param times how often
 */
public record ClassRow(
    String name,
    long n,
    long right,
    long standing,
    double low,
    double high,
    String becomes,
    long times) {}
