package dev.semblance.generative.gan;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.synthetic.PlaneDensity;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Optimizer;
import dev.semblance.core.train.Schedule;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Family;
import java.lang.reflect.InvocationTargetException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Small games and their data. */
final class Games {
  static final ImageShape PLANE = new ImageShape(1, 1, 2);
  static final ImageShape SMALL = new ImageShape(1, 8, 8);

  private Games() {}

  static Family.Course course(double rate, double emaDecay, long steps) {
    return new Family.Course(
        new Update.Config(
            Optimizer.Adam.of(rate), new Schedule.Constant(), Double.POSITIVE_INFINITY),
        emaDecay,
        Augmentation.none(),
        5,
        steps);
  }

  /** Points of a distribution over the plane, other ones at each step. */
  static Batch points(PlaneDensity density, int n, long step) {
    Tensor points = density.sample(n, 1000 + step).view(n, 1, 1, 2);
    return new Batch(step, rows(n, step), points, Ops.longs(new long[n]));
  }

  /** Random grey images, their label how bright they are. */
  static Batch images(int n, int classes, long step) {
    byte[] pixels = new byte[n * 64];
    long[] labels = new long[n];
    Rng rng = Rng.of(3, Rng.Purpose.OTHER, 0, step);
    for (int i = 0; i < n; i++) {
      labels[i] = rng.below(classes);
      for (int j = 0; j < 64; j++) {
        pixels[i * 64 + j] = (byte) (labels[i] * 200 / classes + rng.below(50));
      }
    }
    return new Batch(step, rows(n, step), Ops.bytes(pixels, n, 1, 8, 8), Ops.longs(labels));
  }

  private static long[] rows(int n, long step) {
    long[] rows = new long[n];
    for (int i = 0; i < n; i++) {
      rows[i] = step * n + i;
    }
    return rows;
  }

  /** The values of live tensors. */
  static Map<String, double[]> values(Map<String, Tensor> tensors) {
    Map<String, double[]> values = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> values.put(name, Ops.toDoubles(tensor)));
    return values;
  }

  /** A family whose components are set by name. */
  static GanFamily with(GanFamily family, Object... namesAndValues) {
    try {
      var components = GanFamily.class.getRecordComponents();
      Class<?>[] types = new Class<?>[components.length];
      Object[] values = new Object[components.length];
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        values[i] = components[i].getAccessor().invoke(family);
        for (int j = 0; j < namesAndValues.length; j += 2) {
          if (components[i].getName().equals(namesAndValues[j])) {
            values[i] = namesAndValues[j + 1];
          }
        }
      }
      return GanFamily.class.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
