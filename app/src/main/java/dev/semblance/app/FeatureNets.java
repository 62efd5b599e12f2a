package dev.semblance.app;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.data.DataHome;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.store.Model;
import dev.semblance.generative.eval.FeatureNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Finds the net whose features samples are compared by: one that is named, or a classifier trained
 * on the data's training images, once, and kept in the user's cache.
 */
final class FeatureNets {
  /** Epochs of the net of our own: 98.9 % of MNIST's test images, 90 % of Fashion-MNIST's. */
  private static final double EPOCHS = 5;

  private static final int DIGEST_DIGITS = 16;

  private final Output output;

  FeatureNets(Output output) {
    this.output = output;
  }

  /**
   * A net and where it is from.
   *
   * @param model closed with this
   * @param origin for people
   */
  record Opened(Model model, FeatureNet net, String origin) implements AutoCloseable {
    @Override
    public void close() {
      model.close();
    }
  }

  /** The net in a run folder or file; refuses one that takes images of another shape. */
  static Opened named(Path runOrFile, ImageShape shape) throws IOException {
    Model model = Models.open(runOrFile);
    if (!model.preprocessing().shape().equals(shape)) {
      try (model) {
        throw Problem.usage(
            "--features %s: takes images of %s, the data are %s; name a net of that size, since another resize gives other numbers"
                .formatted(runOrFile, model.preprocessing().shape(), shape));
      }
    }
    return new Opened(model, FeatureNet.of(model, name(runOrFile)), runOrFile.toString());
  }

  private static String name(Path path) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    return last == null ? path.toString() : last.toString().replaceFirst("\\.safetensors$", "");
  }

  /**
   * What trains a net of our own.
   *
   * @param data a name or path
   * @param size side of the images; 0: as they are
   * @param count images of a synthetic set; 0: its default
   * @param seed of synthetic data and of the training
   * @param cache where such nets are kept; null: the user's cache, and where that cannot be written
   *     {@code beside}
   */
  record Order(String data, int size, int count, long seed, @Nullable Path cache, Path beside) {}

  /** A classifier of the training images, from the cache or trained now. */
  Opened own(ImageSet training, Order order) throws IOException {
    if (training.classNames().size() < 2) {
      throw Problem.usage(
          "%s: has no classes to train a feature net on; name a net by --features"
              .formatted(training.name()));
    }
    ImageShape shape = training.shape();
    String net = Math.min(shape.height(), shape.width()) >= 4 ? "strided-cnn" : "mlp";
    String key =
        "%s-%s-%d".formatted(training.digest().substring(0, DIGEST_DIGITS), net, order.seed);
    Run run = new Run(folder(order).resolve(key));
    if (!Files.isRegularFile(run.model())) {
      train(net, run, order);
    }
    Model model = Models.open(run.folder());
    return new Opened(
        model,
        FeatureNet.of(model, net),
        "%s, %s epochs on %s, seed %d, kept in %s"
            .formatted(net, (int) EPOCHS, training.name(), order.seed, run.folder()));
  }

  private void train(String net, Run run, Order order) throws IOException {
    HardenSettings settings =
        SettingsReader.changed(
            DefenceSettings.common("none"),
            "epochs",
            EPOCHS,
            "hold_out",
            0,
            "evaluate_every",
            0,
            "standardize",
            true,
            "size",
            order.size,
            "count",
            order.count);
    output.log("no feature net for these data yet: training one");
    new Hardener(output)
        .harden(
            new Hardener.Order(
                net,
                "none",
                // Nothing attacks it; the radius is only written down.
                new Ball(Norm.LINF, 1.0 / 255),
                new SettingsReader.Hardening(settings, DefenceSettings.named("none")),
                order.data,
                run.folder(),
                order.seed,
                run.exists(),
                "./semblance harden %s --data %s --defence none --eps 1/255 --out %s --seed %d --set epochs=%s --set hold_out=0 --set evaluate_every=0 --set standardize=true"
                    .formatted(
                        net,
                        Run.quote(order.data),
                        Run.quote(run.folder().toString()),
                        order.seed,
                        EPOCHS)));
  }

  /** Where nets of our own are kept: a folder that can be written to. */
  private static Path folder(Order order) {
    if (order.cache != null) {
      return order.cache;
    }
    Path users =
        DataHome.cache(System.getenv(), Path.of(System.getProperty("user.home")))
            .resolveSibling("features");
    try {
      Files.createDirectories(users);
      if (Files.isWritable(users)) {
        return users;
      }
    } catch (IOException e) {
      return order.beside;
    }
    return order.beside;
  }
}
