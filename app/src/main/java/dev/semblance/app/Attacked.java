package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Outcome.Verdict;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.store.Safetensors;
import dev.semblance.core.tensor.Ops;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An attack that was run, with all that is told about it.
 *
 * @param command that does it again
 * @param model as the user named it
 * @param modelDigest SHA-256 of its file, or why there is none
 * @param view of the model that was attacked
 * @param set the images are from
 * @param labelled whether their classes are known; otherwise the model's own answers are taken
 * @param classNames of the model
 * @param kind of attack
 * @param described the attack with all its settings
 * @param norm perturbations are measured in
 * @param radius that is asked about; infinite where none is
 * @param goal of the attack
 * @param samples that were to be attacked
 * @param result what came of it
 * @param seconds it took
 * @param seed of its draws
 * @param warnings found before the attack
 */
record Attacked(
    String command,
    String model,
    String modelDigest,
    View view,
    ImageSet set,
    boolean labelled,
    List<String> classNames,
    AttackKind kind,
    String described,
    Norm norm,
    double radius,
    Goal goal,
    Samples samples,
    AttackResult result,
    double seconds,
    long seed,
    List<String> warnings) {
  Attacked {
    classNames = List.copyOf(classNames);
    warnings = List.copyOf(warnings);
  }

  /** Images the attack is done with. */
  long tried() {
    return result.tried();
  }

  /** Whether it was stopped before it was done with all. */
  boolean stopped() {
    return tried() < samples.size();
  }

  /** How many are right and stay right within the radius. */
  long standing() {
    return Double.isFinite(radius) ? result.robustAt(radius) : result.robust();
  }

  /** How many were right and are fooled within the radius. */
  long fooled() {
    return result.outcomes().stream().filter(this::fooled).count();
  }

  boolean fooled(Outcome outcome) {
    return outcome.fooled() && outcome.distance() <= radius;
  }

  Interval interval() {
    return Interval.exact(standing(), tried(), 0.95);
  }

  double cleanAccuracy() {
    return (double) result.correct() / tried();
  }

  double robustAccuracy() {
    return (double) standing() / tried();
  }

  /** What must be known before the numbers are believed. */
  List<String> allWarnings() {
    List<String> all = new ArrayList<>(warnings);
    if (stopped()) {
      all.add(
          "Stopped early: %,d of %,d images were done. Those that are missing were not left out at"
                  .formatted(tried(), samples.size())
              + " random, so the figures are not those of a whole run.");
    }
    long backwards = result.total(Outcome::backwards);
    long zeros = result.total(Outcome::zeroGradients);
    if (zeros > 0 && zeros * 100 >= backwards) {
      all.add(
          "%.1f %% of the gradients were zero everywhere: the attack stood still there. The model"
                  .formatted(100.0 * zeros / backwards)
              + " may hide its gradients rather than resist; ask verdict.");
    }
    long given = result.count(Verdict.GIVEN_UP);
    if (given > 0) {
      all.add(
          "%,d images could not be attacked and count as not robust: %s."
              .formatted(given, reason(Verdict.GIVEN_UP)));
    }
    long unconfirmed = result.count(Verdict.UNCONFIRMED);
    if (unconfirmed > 0) {
      all.add(
          "%,d successes were claimed, but did not hold on the stored image: they count as robust."
              .formatted(unconfirmed));
    }
    if (kind.name().equals("fgsm") && standing() > 0) {
      all.add(
          "One step is the weakest attack: what stands it may fall to the next one. Believe no"
              + " robustness measured by it; try --attack pgd, or verdict.");
    }
    return all;
  }

  private String reason(Verdict verdict) {
    return result.outcomes().stream()
        .filter(outcome -> outcome.verdict() == verdict && outcome.reason() != null)
        .map(outcome -> String.valueOf(outcome.reason()))
        .findFirst()
        .orElse("no reason given");
  }

  /** The figures for machines. */
  ObjectNode json() {
    Interval interval = interval();
    ObjectNode node = Output.object();
    node.put("model", model)
        .put("model_sha256", modelDigest)
        .put("data", set.name())
        .put("data_digest", set.digest())
        .put("labels", labelled ? "data" : "predicted")
        .put("attack", described)
        .put("goal", Goals.text(goal, classNames))
        .put("ball", norm.toString());
    put(node, "radius", radius);
    node.put("seed", seed)
        .put("n", tried())
        .put("stopped", stopped())
        .put("clean_accuracy", cleanAccuracy())
        .put("robust_accuracy", robustAccuracy());
    node.putArray("robust_accuracy_ci").add(interval.low()).add(interval.high());
    put(node, "median_distance", result.medianDistance());
    node.put("fooled", fooled())
        .put(
            "fooled_8_bit",
            result.outcomes().stream().filter(o -> fooled(o) && o.eightBit()).count())
        .put("unconfirmed", result.count(Verdict.UNCONFIRMED))
        .put("given_up", result.count(Verdict.GIVEN_UP))
        .put("forwards", result.total(Outcome::forwards))
        .put("backwards", result.total(Outcome::backwards))
        .put("zero_gradients", result.total(Outcome::zeroGradients))
        .put("queries", result.total(Outcome::queries))
        .put("seconds", seconds);
    allWarnings().forEach(node.putArray("warnings")::add);
    return node;
  }

  /** The figures, sample by sample and with provenance. */
  ObjectNode wholeJson(long @Nullable [] before, long @Nullable [] after) {
    ObjectNode node = json();
    node.put("command", command).put("git_revision", Provenance.gitRevision());
    node.set("versions", Provenance.versions());
    ArrayNode all = node.putArray("samples");
    long[] labels = Ops.toLongs(samples.labels());
    for (int i = 0; i < samples.size(); i++) {
      Outcome outcome = result.outcomes().get(i);
      ObjectNode one =
          all.addObject()
              .put("id", outcome.id())
              .put("name", set.id(Math.toIntExact(outcome.id())))
              .put("label", labels[i])
              .put("verdict", outcome.verdict().name().toLowerCase(Locale.ROOT));
      if (before != null && after != null) {
        one.put("before", before[i]).put("after", after[i]);
      }
      put(one, "distance", outcome.distance());
      one.put("eight_bit", outcome.eightBit())
          .put("steps", outcome.steps())
          .put("forwards", outcome.forwards())
          .put("backwards", outcome.backwards())
          .put("queries", outcome.queries());
      if (outcome.reason() != null) {
        one.put("reason", outcome.reason());
      }
    }
    return node;
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }

  /** The figures for people. */
  void tell(Output output) {
    Interval interval = interval();
    long n = tried();
    output.line(
        "%-16s %.4f  (%,d of %,d)"
            .formatted(
                labelled ? "clean accuracy" : "answers taken",
                cleanAccuracy(),
                result.correct(),
                n));
    output.line(
        "%-16s %.4f  [%.4f, %.4f]  (%,d stood%s)"
            .formatted(
                labelled ? "robust accuracy" : "answers kept",
                robustAccuracy(),
                interval.low(),
                interval.high(),
                standing(),
                Double.isFinite(radius) ? " " + norm + " " + size(radius) : ""));
    double median = result.medianDistance();
    output.line(
        "median distance  "
            + (Double.isFinite(median)
                ? size(median)
                : "not reached: fewer than half were fooled"));
    long queries = result.total(Outcome::queries);
    output.line(
        "%,d forward and %,d backward rows%s, %.1f s"
            .formatted(
                result.total(Outcome::forwards),
                result.total(Outcome::backwards),
                queries > 0 ? ", %,d queries".formatted(queries) : "",
                seconds));
    for (String warning : allWarnings()) {
      output.log("note: " + warning);
    }
  }

  /** A size of a perturbation as people write it. */
  String size(double size) {
    return size(norm, view.box(), size);
  }

  /** A size in a norm as people write it. */
  static String size(Norm norm, Box box, double size) {
    return inLevels(norm, box) && size > 0 && 255 * size < 99.5
        ? "%s/255".formatted(trimmed(255 * size))
        : trimmed(size);
  }

  /** Whether sizes are told in grey levels of 255. */
  boolean inLevels() {
    return inLevels(norm, view.box());
  }

  static boolean inLevels(Norm norm, Box box) {
    return norm == Norm.LINF && box.equals(Box.UNIT);
  }

  /** The last part of a path, or an address without its parameters. */
  static String fileName(String spec) {
    return spec.contains("://")
        ? spec.replaceFirst("[?#].*", "")
        : spec.replaceAll("/+$", "").replaceAll(".*/", "");
  }

  private static String trimmed(double value) {
    String text = "%.4g".formatted(value);
    return text.contains("e") || !text.contains(".")
        ? text
        : text.replaceAll("0+$", "").replaceAll("\\.$", "");
  }

  /** Images before and after, labels and distances. */
  void writeTensors(Path file) throws IOException {
    double[] distances = result.outcomes().stream().mapToDouble(Outcome::distance).toArray();
    Safetensors.write(
        file,
        Map.of(
            "clean", samples.images(),
            "adversarial", result.adversarial(),
            "labels", samples.labels(),
            "ids", Ops.longs(samples.ids(), samples.size()),
            "distances", Ops.doubles(distances, distances.length)),
        Map.of("what", "images in the model's units before and after an attack"));
  }
}
