package dev.semblance.app;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What is known of an attack without loading it.
 *
 * @param name on the command line
 * @param needs what it sees of the model
 * @param norms it measures perturbations in
 * @param nearest whether it looks for the nearest success, rather than for one within a radius
 * @param options of the command line that change it
 * @param summary one line
 * @param key of its paper in docs/papers.bib
 * @param citation the same for people
 */
record AttackKind(
    String name,
    Needs needs,
    List<String> norms,
    boolean nearest,
    List<String> options,
    String summary,
    String key,
    String citation) {
  /** What an attack sees. */
  enum Needs {
    /** Logits and their gradients by the image. */
    GRADIENTS,
    /** Logits or probabilities. */
    SCORES,
    /** The class. */
    LABELS
  }

  static final List<String> NORMS = List.of("linf", "l2", "l1", "l0");

  private static final List<AttackKind> ALL =
      List.of(
          within(
              "fgsm",
              NORMS,
              List.of(),
              "one step to the edge of the ball",
              "goodfellow2015explaining",
              "Goodfellow, Shlens, Szegedy, ICLR 2015"),
          within(
              "bim",
              NORMS,
              List.of(),
              "steps of one grey level, from the image itself",
              "kurakin2017physical",
              "Kurakin, Goodfellow, Bengio, ICLR workshop 2017"),
          within(
              "pgd",
              NORMS,
              List.of("steps", "seed"),
              "projected gradient steps from a random start",
              "madry2018towards",
              "Madry, Makelov, Schmidt, Tsipras, Vladu, ICLR 2018"));

  AttackKind {
    norms = List.copyOf(norms);
    options = List.copyOf(options);
  }

  /** All of them, in the order they are told. */
  static List<AttackKind> all() {
    return ALL;
  }

  /** The attack of that name; one line if there is none. */
  static AttackKind named(String option, String name) {
    return ALL.stream()
        .filter(kind -> kind.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.usage(
                    option
                        + " must be one of "
                        + ALL.stream().map(AttackKind::name).collect(Collectors.joining(", "))
                        + ", got "
                        + name));
  }

  /** Refuses a norm that it does not know. */
  void refuseNorm(String option, String norm) {
    if (!norms.contains(norm)) {
      throw Problem.usage(
          option
              + " must be "
              + (norms.size() == 1 ? norms.getFirst() : "one of " + String.join(", ", norms))
              + " for "
              + name
              + ", got "
              + norm);
    }
  }

  private static AttackKind within(
      String name,
      List<String> norms,
      List<String> options,
      String summary,
      String key,
      String citation) {
    return new AttackKind(name, Needs.GRADIENTS, norms, false, options, summary, key, citation);
  }
}
