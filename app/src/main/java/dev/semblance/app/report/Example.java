package dev.semblance.app.report;

import java.util.List;

/**
 * One attacked image, before and after.
 *
 * @param name of the image in its set
 * @param label its class, or what the model took it for where nobody knows
 * @param verdict what became of it, in a word or two
 * @param fooled whether the goal was reached
 * @param clean the image
 * @param perturbation the change, magnified around mid-grey
 * @param magnification of the change in the picture
 * @param adversarial the changed image, as an 8-bit file holds it
 * @param before the model's likeliest classes for the clean image, likeliest first
 * @param after the same for the changed image as it was found
 * @param asFile the same for {@code adversarial}, decoded again
 * @param file whether the goal is reached by the file, too
 * @param sizes of the change, such as {@code linf 0.0078}
 */
public record Example(
    String name,
    String label,
    String verdict,
    boolean fooled,
    PngImage clean,
    PngImage perturbation,
    double magnification,
    PngImage adversarial,
    List<Guess> before,
    List<Guess> after,
    List<Guess> asFile,
    boolean file,
    List<String> sizes) {
  public Example {
    before = List.copyOf(before);
    after = List.copyOf(after);
    asFile = List.copyOf(asFile);
    sizes = List.copyOf(sizes);
  }
}
