package dev.semblance.generative.gan;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Images made earlier, shown to the discriminator again so that it does not forget them: half of a
 * batch comes from here, and half of the fresh one then takes the place of random ones.
 *
 * <p>While it fills, all of a batch is fresh. Owns its tensors until it is closed.
 */
@Source(key = "shrivastava2017learning", where = "section 2.3")
final class Replay implements AutoCloseable {
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final Tensor images;
  private final @Nullable Tensor classes;
  private final Tensor filled;

  /** Made images with their classes, if any. */
  record Fakes(Tensor images, @Nullable Tensor classes) {
    Fakes at(Tensor rows) {
      return new Fakes(
          images.index_select(0, rows), classes == null ? null : classes.index_select(0, rows));
    }
  }

  /** Room for {@code capacity} images. */
  Replay(int capacity, Gan.Config config) {
    Check.atLeast("capacity", capacity, 1);
    try (Scope scope = Scope.open()) {
      this.images =
          own(
              "images",
              ScalarType.Float,
              capacity,
              config.channels(),
              config.height(),
              config.width());
      this.classes =
          config.classes() == 0
              ? null
              : own("classes", ScalarType.Float, capacity, config.classes());
      this.filled = own("filled", ScalarType.Long, 1);
    }
  }

  private Tensor own(String name, ScalarType type, long... shape) {
    Tensor tensor = Scope.own(Ops.zeros(type, shape));
    state.put(name, tensor);
    return tensor;
  }

  /** What the discriminator sees in place of {@code fresh}; as many, in the current scope. */
  Fakes mix(Fakes fresh, long seed, long step) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      int n = Math.toIntExact(fresh.images.size(0));
      int capacity = Math.toIntExact(images.size(0));
      int held = Math.toIntExact(Ops.toLongs(filled)[0]);
      int half = Math.min(n / 2, capacity);
      if (held < capacity) {
        int added = Math.min(n, capacity - held);
        put(rows(held, added), fresh.at(rows(0, added)));
        filled.fill_(Ops.scalar(held + added));
        return fresh;
      }
      Rng rng = Rng.of(seed, Rng.Purpose.REPLAY, 0, step);
      Tensor again = first(rng.permutation(capacity), half);
      Tensor replaced = first(rng.permutation(capacity), half);
      Fakes old = new Fakes(images, classes).at(again);
      Fakes kept = fresh.at(rows(half, n - half));
      put(replaced, kept.at(rows(0, Math.min(half, n - half))));
      return new Fakes(
          scope.keep(joined(old.images, kept.images)),
          old.classes == null || kept.classes == null
              ? null
              : scope.keep(joined(old.classes, kept.classes)));
    }
  }

  private void put(Tensor places, Fakes fakes) {
    images.index_copy_(0, places, fakes.images);
    if (classes != null && fakes.classes != null) {
      classes.index_copy_(0, places, fakes.classes);
    }
  }

  private static Tensor joined(Tensor a, Tensor b) {
    return torch.cat(new TensorVector(a, b), 0);
  }

  private static Tensor rows(long first, long count) {
    long[] rows = new long[Math.toIntExact(count)];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = first + i;
    }
    return Ops.longs(rows, rows.length);
  }

  private static Tensor first(int[] order, int count) {
    long[] rows = new long[count];
    for (int i = 0; i < count; i++) {
      rows[i] = order[i];
    }
    return Ops.longs(rows, rows.length);
  }

  /** The live tensors by name. */
  Map<String, Tensor> state() {
    return state;
  }

  @Override
  public void close() {
    state.values().forEach(Scope::release);
    state.clear();
  }
}
