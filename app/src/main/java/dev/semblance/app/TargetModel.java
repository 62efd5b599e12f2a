package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.HttpOracle;
import dev.semblance.adversarial.access.InputFormat;
import dev.semblance.adversarial.access.LabelOracle;
import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.access.ScoreFormat;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.access.TorchScriptClassifier;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The model that a command attacks: a run or net of ours or a TorchScript file, with gradients; an
 * ONNX file, for scores; an endpoint, for scores or labels.
 */
final class TargetModel implements AutoCloseable {
  private final String spec;
  private final Access access;
  private final int classes;
  private final Box box;
  private final @Nullable Model net;
  private final List<AutoCloseable> open;

  /** What it answers with; what is less follows from what is more. */
  private record Access(
      Optional<Classifier> classifier, Optional<ScoreOracle> scores, LabelOracle labels) {
    static Access of(Classifier classifier) {
      ScoreOracle scores = ScoreOracle.of(classifier);
      return new Access(Optional.of(classifier), Optional.of(scores), LabelOracle.of(scores));
    }

    static Access of(ScoreOracle scores) {
      return new Access(Optional.empty(), Optional.of(scores), LabelOracle.of(scores));
    }
  }

  private TargetModel(String spec, Access access, @Nullable Model net, AutoCloseable... open) {
    this.spec = spec;
    this.access = access;
    this.classes = access.labels.classes();
    this.box = access.labels.box();
    this.net = net;
    this.open = List.of(open);
  }

  /** Whether {@code spec} is somebody else's, which says neither its images' size nor classes. */
  static boolean isForeign(String spec) {
    return isAddress(spec) || isTorchScript(spec) || isOnnx(spec);
  }

  private static boolean isAddress(String spec) {
    return spec.toLowerCase(Locale.ROOT).matches("https?://.*");
  }

  private static boolean isTorchScript(String spec) {
    return spec.toLowerCase(Locale.ROOT).matches(".*\\.(pt|pth|ts|torchscript)");
  }

  private static boolean isOnnx(String spec) {
    return spec.toLowerCase(Locale.ROOT).endsWith(".onnx");
  }

  /**
   * Opens the model that MODEL names.
   *
   * @param shape of the images, for a foreign model; a net of ours knows
   */
  static TargetModel open(String spec, ModelOptions options, @Nullable ImageShape shape)
      throws IOException {
    return open(spec, options, shape, OptionalInt.empty());
  }

  /**
   * The same.
   *
   * @param dataClasses how many classes the data have, for an endpoint that gives nothing but
   *     labels
   */
  static TargetModel open(
      String spec, ModelOptions options, @Nullable ImageShape shape, OptionalInt dataClasses)
      throws IOException {
    if (!isForeign(spec)) {
      return ours(spec);
    }
    if (shape == null) {
      throw Problem.usage(spec + ": does not say what images it takes; give --shape");
    }
    if (isAddress(spec)) {
      return endpoint(spec, options, shape, dataClasses);
    }
    Path file = path(spec);
    if (isOnnx(spec)) {
      ScoreFormat.ScoreModel onnx =
          onnx(file).open(file, options.input(), shape.channels(), shape.height(), shape.width());
      return new TargetModel(spec, Access.of(onnx.oracle()), null, onnx);
    }
    TorchScriptClassifier script =
        TorchScriptClassifier.open(
            file, options.input(), shape.channels(), shape.height(), shape.width());
    return new TargetModel(spec, Access.of(script), null, script);
  }

  private static TargetModel endpoint(
      String spec, ModelOptions options, ImageShape shape, OptionalInt dataClasses)
      throws IOException {
    InputFormat input = options.input();
    if (!input.mean().isEmpty()) {
      throw Problem.usage("--mean and --std are the endpoint's own business; leave them out");
    }
    HttpOracle oracle;
    try {
      oracle =
          HttpOracle.open(
              URI.create(spec), options.endpoint().config(shape, input.box(), dataClasses));
    } catch (IllegalArgumentException e) {
      throw Problem.usage("MODEL is no address that can be asked: " + e.getMessage());
    }
    return new TargetModel(
        spec, new Access(Optional.empty(), oracle.scores(), oracle.labels()), null, oracle);
  }

  /** The module for ONNX files, where it is. */
  private static ScoreFormat onnx(Path file) {
    for (ScoreFormat format : ServiceLoader.load(ScoreFormat.class)) {
      if (format.reads(file)) {
        return format;
      }
    }
    throw Problem.failure(
        file
            + ": ONNX files need the module semblance-adversarial-onnx, which is not on the class"
            + " path; build it with: mvn -B -pl adversarial-onnx -am -Dmaven.test.skip package, and"
            + " add the jars of adversarial-onnx/target (./semblance does both)");
  }

  private static TargetModel ours(String spec) throws IOException {
    Model model = Models.open(path(spec));
    try {
      if (OpenedGenerator.isGenerative(model.net())) {
        throw Problem.failure(
            spec + ": is a model of data, not a classifier; attack a net that gives classes");
      }
      if (Models.isEmbedder(model) || model.classNames().size() < 2) {
        throw Problem.failure(
            spec + ": is an embedder, not a classifier; attack a net that gives classes");
      }
      NetClassifier classifier = NetClassifier.of(model);
      return new TargetModel(spec, Access.of(classifier), model, classifier, model);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static Path path(String spec) {
    try {
      return Path.of(spec);
    } catch (InvalidPathException e) {
      throw Problem.usage("MODEL must be a path or an address, got " + spec);
    }
  }

  /** The model as the user named it. */
  String spec() {
    return spec;
  }

  /** Whether somebody else runs it, and may count what it is asked. */
  boolean isEndpoint() {
    return isAddress(spec);
  }

  /** The number of classes, at least 2. */
  int classes() {
    return classes;
  }

  /** The range of its images; radii are in its units. */
  Box box() {
    return box;
  }

  /** The model with gradients, where it has any. */
  Optional<Classifier> classifier() {
    return access.classifier;
  }

  /** The model's scores without its gradients, where it gives scores; one oracle, one count. */
  Optional<ScoreOracle> scores() {
    return access.scores;
  }

  /** The model's labels, which every model gives; one oracle, one count. */
  LabelOracle labels() {
    return access.labels;
  }

  /** The net, where it is one of ours; closed with this. */
  Optional<Model> net() {
    return Optional.ofNullable(net);
  }

  /** The names of the classes, where the model says them, else those of the data. */
  List<String> classNames(ImageSet set) {
    return net == null ? set.classNames() : net.classNames();
  }

  /** Refuses data of another number of classes. */
  void refuseOther(ImageSet set) {
    if (classes != set.classNames().size()) {
      throw Problem.failure(
          spec
              + ": tells "
              + classes
              + " classes apart, "
              + set.name()
              + " has "
              + set.classNames().size()
              + "; give the data it was trained on");
    }
  }

  /**
   * Images as the model takes them.
   *
   * @return float32 [rows.length, channels, height, width] in {@link #box}
   */
  Tensor images(ImageSet set, long... rows) {
    try (Scope scope = Scope.open()) {
      Tensor unit = set.images(rows).to(ScalarType.Float).div(Ops.scalar(255));
      return scope.keep(
          box.equals(Box.UNIT)
              ? unit
              : box.clamp(unit.mul(Ops.scalar(box.width())).add(Ops.scalar(box.low()))));
    }
  }

  @Override
  public void close() {
    for (AutoCloseable one : open) {
      try {
        one.close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(spec + ": could not be closed: " + e.getMessage(), e);
      }
    }
  }
}
