package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.access.TorchScriptClassifier;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The model that a command attacks: a run or net of ours, or a TorchScript file. What it can be
 * asked for depends on what it is.
 */
final class TargetModel implements AutoCloseable {
  private final String spec;
  private final int classes;
  private final Box box;
  private final @Nullable Classifier classifier;
  private final @Nullable Model net;
  private final List<AutoCloseable> open;

  private TargetModel(
      String spec,
      int classes,
      Box box,
      @Nullable Classifier classifier,
      @Nullable Model net,
      List<AutoCloseable> open) {
    this.spec = spec;
    this.classes = classes;
    this.box = box;
    this.classifier = classifier;
    this.net = net;
    this.open = open;
  }

  /** Whether {@code spec} is somebody else's, which says neither its images' size nor classes. */
  static boolean isForeign(String spec) {
    return isTorchScript(spec);
  }

  private static boolean isTorchScript(String spec) {
    return spec.toLowerCase(Locale.ROOT).matches(".*\\.(pt|pth|ts|torchscript)");
  }

  /**
   * Opens the model that MODEL names.
   *
   * @param shape of the images, for a foreign model; a net of ours knows
   */
  static TargetModel open(String spec, ModelOptions options, @Nullable ImageShape shape)
      throws IOException {
    if (!isForeign(spec)) {
      return ours(spec);
    }
    if (shape == null) {
      throw Problem.usage(spec + ": does not say what images it takes; give --shape");
    }
    TorchScriptClassifier script =
        TorchScriptClassifier.open(
            path(spec), options.input(), shape.channels(), shape.height(), shape.width());
    return new TargetModel(spec, script.classes(), script.box(), script, null, List.of(script));
  }

  private static TargetModel ours(String spec) throws IOException {
    Model model = Models.open(path(spec));
    try {
      if (Models.isEmbedder(model) || model.classNames().size() < 2) {
        throw Problem.failure(
            spec + ": is an embedder, not a classifier; attack a net that gives classes");
      }
      NetClassifier classifier = NetClassifier.of(model);
      return new TargetModel(
          spec,
          classifier.classes(),
          classifier.box(),
          classifier,
          model,
          List.of(classifier, model));
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
    return Optional.ofNullable(classifier);
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
