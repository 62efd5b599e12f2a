package dev.semblance.app;

import dev.semblance.app.report.PngImage;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Conditional;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import dev.semblance.generative.Sampler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.stream.LongStream;

/**
 * What a model in training makes, as one picture: the same 64 draws each time, or, of a model that
 * cannot be drawn from, images and what it makes of them below each.
 */
final class SampleSheet {
  static final int COLUMNS = 8;
  private static final int IMAGES = 64;
  private static final int TOGETHER = 16;

  private final Net net;
  private final Preprocessing preprocessing;
  private final ImageSet images;
  private final long seed;

  /**
   * Sheets of one training.
   *
   * @param net borrowed; its weights are set before each sheet
   * @param images to be reconstructed
   */
  SampleSheet(Net net, Preprocessing preprocessing, ImageSet images, long seed) {
    this.net = net;
    this.preprocessing = preprocessing;
    this.images = images;
    this.seed = seed;
  }

  /** Whether the sheet shows draws; else reconstructions. */
  static boolean isDrawn(Net net) {
    return net instanceof Sampler;
  }

  /** The sheet of the present weights. */
  PngImage png() throws IOException {
    return ImageGrid.png(
        net instanceof Sampler sampler ? drawn(sampler) : reconstructed(),
        preprocessing.shape(),
        COLUMNS);
  }

  private byte[] drawn(Sampler sampler) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int from = 0; from < IMAGES; from += TOGETHER) {
      int first = from;
      try (Scope scope = Scope.open()) {
        all.writeBytes(
            Ops.withoutGradient(
                () ->
                    Ops.toBytes(
                        Pixels.bytes(
                            sampler.sample(
                                Noise.of(seed, first, TOGETHER), condition(net, first, TOGETHER)),
                            preprocessing))));
      }
    }
    return all.toByteArray();
  }

  /** The classes in turn, a column each as far as the columns go; nothing where there are none. */
  static Condition condition(Net net, int first, int count) {
    if (!(net instanceof Conditional conditional) || conditional.classes() == 0) {
      return Condition.none();
    }
    int columns = Math.min(COLUMNS, conditional.classes());
    return new Condition.Labels(
        LongStream.range(first, first + count)
            .map(i -> conditional.classes() <= COLUMNS ? i % columns : i % conditional.classes())
            .toArray());
  }

  private byte[] reconstructed() {
    int pairs = Math.min(IMAGES / 2, images.size());
    long[] rows = Drawn.rows(images.size(), pairs, seed);
    int each =
        Math.toIntExact(preprocessing.shape().channels())
            * preprocessing.shape().height()
            * preprocessing.shape().width();
    byte[] before;
    byte[] after;
    try (Scope scope = Scope.open()) {
      before = Ops.toBytes(images.images(rows));
      after =
          Ops.withoutGradient(
              () ->
                  Ops.toBytes(
                      Pixels.bytes(
                          net.forward(preprocessing.apply(images.images(rows)), Mode.INFERENCE),
                          preprocessing)));
    }
    // Eight images, and below them what became of them.
    int lines = (pairs + COLUMNS - 1) / COLUMNS;
    byte[] all = new byte[2 * lines * COLUMNS * each];
    for (int i = 0; i < pairs; i++) {
      int to = (i / COLUMNS * 2 * COLUMNS + i % COLUMNS) * each;
      System.arraycopy(before, i * each, all, to, each);
      System.arraycopy(after, i * each, all, to + COLUMNS * each, each);
    }
    return all;
  }
}
