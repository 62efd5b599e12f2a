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
          new AttackKind(
              "fgsm",
              Needs.GRADIENTS,
              NORMS,
              false,
              List.of(),
              "one step to the edge of the ball",
              "goodfellow2015explaining",
              "Goodfellow et al., ICLR 2015"),
          new AttackKind(
              "bim",
              Needs.GRADIENTS,
              NORMS,
              false,
              List.of(),
              "steps of one grey level, from the image itself",
              "kurakin2017physical",
              "Kurakin et al., ICLR workshop 2017"),
          new AttackKind(
              "pgd",
              Needs.GRADIENTS,
              NORMS,
              false,
              List.of("steps", "restarts", "seed"),
              "projected gradient steps from a random start, all of one size",
              "madry2018towards",
              "Madry et al., ICLR 2018"),
          new AttackKind(
              "pgd-halving",
              Needs.GRADIENTS,
              NORMS,
              false,
              List.of("steps", "restarts", "seed"),
              "the same by long steps first, then ever shorter ones: no weaker, and sooner done",
              "madry2018towards",
              "Madry et al., ICLR 2018"),
          new AttackKind(
              "momentum",
              Needs.GRADIENTS,
              NORMS,
              false,
              List.of("steps"),
              "steps along a running sum of gradients",
              "dong2018boosting",
              "Dong et al., CVPR 2018"),
          new AttackKind(
              "apgd",
              Needs.GRADIENTS,
              List.of("linf", "l2", "l1"),
              false,
              List.of("steps", "restarts", "seed"),
              "projected steps that halve themselves, on the cross entropy",
              "croce2020reliable",
              "Croce and Hein, ICML 2020"),
          new AttackKind(
              "apgd-dlr",
              Needs.GRADIENTS,
              List.of("linf", "l2", "l1"),
              false,
              List.of("steps", "restarts", "seed"),
              "the same on the difference of logits ratio",
              "croce2020reliable",
              "Croce and Hein, ICML 2020"),
          new AttackKind(
              "apgd-t",
              Needs.GRADIENTS,
              List.of("linf", "l2", "l1"),
              false,
              List.of("steps", "seed"),
              "the same towards each of the nine likeliest other classes",
              "croce2020reliable",
              "Croce and Hein, ICML 2020"),
          new AttackKind(
              "standard",
              Needs.GRADIENTS,
              List.of("linf", "l2", "l1"),
              false,
              List.of("seed"),
              "apgd, apgd-t, fab and square on what stood the ones before",
              "croce2020reliable",
              "Croce and Hein, ICML 2020"),
          new AttackKind(
              "deepfool",
              Needs.GRADIENTS,
              List.of("linf", "l2"),
              true,
              List.of("steps"),
              "steps to the nearest boundary, as if the model were linear",
              "moosavi2016deepfool",
              "Moosavi-Dezfooli et al., CVPR 2016"),
          new AttackKind(
              "cw",
              Needs.GRADIENTS,
              List.of("l2"),
              true,
              List.of("steps"),
              "a search for the best weight of size against success",
              "carlini2017towards",
              "Carlini and Wagner, IEEE S&P 2017"),
          new AttackKind(
              "ddn",
              Needs.GRADIENTS,
              List.of("l2"),
              true,
              List.of("steps"),
              "direction by the gradient, size by success",
              "rony2019ddn",
              "Rony et al., CVPR 2019"),
          new AttackKind(
              "fmn",
              Needs.GRADIENTS,
              NORMS,
              true,
              List.of("steps"),
              "the same with a ball that grows and shrinks",
              "pintor2021fmn",
              "Pintor et al., NeurIPS 2021"),
          new AttackKind(
              "fab",
              Needs.GRADIENTS,
              List.of("linf", "l2", "l1"),
              true,
              List.of("steps"),
              "along the boundary, back towards the image",
              "croce2020fab",
              "Croce and Hein, ICML 2020"),
          new AttackKind(
              "square",
              Needs.SCORES,
              List.of("linf", "l2"),
              false,
              List.of("steps", "queries", "seed"),
              "random square windows, kept where they help",
              "andriushchenko2020square",
              "Andriushchenko et al., ECCV 2020"),
          new AttackKind(
              "nes",
              Needs.SCORES,
              NORMS,
              false,
              List.of("steps", "queries", "seed"),
              "gradient steps, estimated along normal directions",
              "ilyas2018blackbox",
              "Ilyas et al., ICML 2018"),
          new AttackKind(
              "spsa",
              Needs.SCORES,
              NORMS,
              false,
              List.of("steps", "queries", "seed"),
              "gradient steps, estimated along random signs",
              "uesato2018adversarial",
              "Uesato et al., ICML 2018"),
          new AttackKind(
              "pixels",
              Needs.SCORES,
              List.of("l0"),
              false,
              List.of("queries", "seed"),
              "a few pixels, by differential evolution",
              "su2019onepixel",
              "Su et al., IEEE TEVC 2019"),
          new AttackKind(
              "every-pixel",
              Needs.SCORES,
              List.of("l0"),
              false,
              List.of("queries"),
              "every pixel in every colour, one at a time",
              "su2019onepixel",
              "Su et al., IEEE TEVC 2019"),
          new AttackKind(
              "boundary",
              Needs.LABELS,
              List.of("l2"),
              true,
              List.of("steps", "queries", "seed"),
              "a random walk along the boundary",
              "brendel2018decision",
              "Brendel et al., ICLR 2018"),
          new AttackKind(
              "hopskipjump",
              Needs.LABELS,
              List.of("linf", "l2"),
              true,
              List.of("steps", "queries", "seed"),
              "walks along the boundary by its estimated direction",
              "chen2020hopskipjump",
              "Chen et al., IEEE S&P 2020"));

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
}
