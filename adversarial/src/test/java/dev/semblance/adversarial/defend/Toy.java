package dev.semblance.adversarial.defend;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.ConvEncoder;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Batches of noise, and nets small enough for them. */
final class Toy {
  static final int ROWS = 8;
  static final Ball BALL = new Ball(Norm.LINF, 0.2);
  static final Preprocessing PREPROCESSING =
      new Preprocessing(new ImageShape(1, 8, 8), new double[] {100}, new double[] {60});

  private Toy() {}

  static Batch batch(long step) {
    byte[] pixels = new byte[ROWS * 64];
    long[] labels = new long[ROWS];
    long[] rows = new long[ROWS];
    for (int i = 0; i < ROWS; i++) {
      Rng rng = Rng.of(1, Rng.Purpose.OTHER, i, step);
      rows[i] = 100 + i;
      labels[i] = rng.below(3);
      for (int k = 0; k < 64; k++) {
        pixels[i * 64 + k] = (byte) rng.below(256);
      }
    }
    return new Batch(step, rows, Ops.bytes(pixels, ROWS, 1, 8, 8), Ops.longs(labels));
  }

  /** With batch normalisation, so that the mode of a pass can be seen in the buffers. */
  static Net convolutional() {
    return new ConvEncoder.Config(1, List.of(4, 4), 2, 3).build(7);
  }

  static Net plain() {
    return new Mlp.Config(64, List.of(16), 3).build(7);
  }

  static Student student(Net net, long updates, double ema) {
    return new Student(
        net,
        PREPROCESSING,
        3,
        new Student.Config(
            Augmentation.none(),
            ema,
            5,
            new Update.Config(
                Optimizer.Adam.of(1e-2), Schedule.Cosine.of(), Double.POSITIVE_INFINITY),
            updates));
  }

  static Map<String, float[]> values(Map<String, Tensor> tensors) {
    Map<String, float[]> values = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> values.put(name, Ops.toFloats(tensor)));
    return values;
  }
}
