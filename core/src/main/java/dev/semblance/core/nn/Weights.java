package dev.semblance.core.nn;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a network by name: parameters, which are trained, and buffers, which are not
 * (running statistics).
 *
 * <p>Owned here, outside every scope, until {@link #close}. Initial values depend on the seed, the
 * name and the shape only, so that adding a layer does not change the others.
 */
public final class Weights implements AutoCloseable {
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();
  private final long seed;

  /** What holds for the net under construction on this thread while {@link #unfilled} runs. */
  private static final ThreadLocal<@Nullable Unfilled> UNFILLED = new ThreadLocal<>();

  /** The tensors made so far, and how many values may still be made. */
  private static final class Unfilled {
    private final List<Tensor> made = new ArrayList<>();
    private long left;

    Unfilled(long most) {
      this.left = most;
    }

    Tensor make(String name, long... shape) {
      long count = Shapes.count(shape);
      if (count > left) {
        throw new IllegalArgumentException(
            "tensor "
                + name
                + " "
                + Arrays.toString(shape)
                + " is larger than what the file holds for it; the file holds another"
                + " architecture");
      }
      left -= count;
      Tensor tensor = Scope.own(Ops.empty(ScalarType.Float, shape));
      made.add(tensor);
      return tensor;
    }
  }

  /**
   * Builds a net whose weights are loaded right after: nothing is drawn, and every weight made on
   * this thread has undefined values.
   *
   * @param most values in all; a net of more is refused before memory is allocated for them, so
   *     that a damaged architecture cannot ask for more than its file holds
   * @throws IllegalArgumentException for a net of more values; what was made is freed then
   */
  public static <N extends Net> N unfilled(long most, Supplier<N> build) {
    if (UNFILLED.get() != null) {
      throw new IllegalStateException("a net is being built on this thread; finish it first");
    }
    Unfilled unfilled = new Unfilled(most);
    UNFILLED.set(unfilled);
    boolean done = false;
    try {
      N net = build.get();
      done = true;
      return net;
    } finally {
      UNFILLED.remove();
      if (!done) {
        unfilled.made.forEach(Scope::release);
      }
    }
  }

  /** No weights yet; what is added is drawn from {@code seed}. */
  public Weights(long seed) {
    this.seed = seed;
  }

  /** The trained tensors, in order of creation. */
  public Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The tensors that are saved but not trained. */
  public Map<String, Tensor> buffers() {
    return Collections.unmodifiableMap(buffers);
  }

  /** Parameters, then buffers. */
  public Map<String, Tensor> all() {
    Map<String, Tensor> all = new LinkedHashMap<>(parameters);
    all.putAll(buffers);
    return all;
  }

  /** The number of trained values. */
  public long count() {
    return parameters.values().stream().mapToLong(Tensor::numel).sum();
  }

  /** A parameter uniform in [-bound, bound], trained. */
  public Tensor uniform(String name, double bound, long... shape) {
    return drawn(name, rng -> rng.uniform(-bound, bound), shape);
  }

  /** A parameter, normal with mean 0 and the given deviation, trained. */
  public Tensor normal(String name, double deviation, long... shape) {
    return drawn(name, rng -> deviation * rng.gaussian(), shape);
  }

  /** A parameter of one value, trained. */
  public Tensor constant(String name, double value, long... shape) {
    return parameter(name, filled(name, value, shape));
  }

  /** A buffer of one value, saved but not trained. */
  public Tensor buffer(String name, double value, long... shape) {
    Tensor tensor = filled(name, value, shape);
    putNew(buffers, name, tensor);
    return tensor;
  }

  /**
   * Takes the tensors of {@code other} under {@code prefix}; {@code other} must not be closed any
   * more.
   */
  public void adopt(String prefix, Weights other) {
    other.parameters.forEach((name, tensor) -> putNew(parameters, prefix + name, tensor));
    other.buffers.forEach((name, tensor) -> putNew(buffers, prefix + name, tensor));
  }

  /**
   * Copies values into the weights of the same names.
   *
   * @throws IllegalArgumentException naming the first tensor that is missing, unknown or of another
   *     shape; nothing is changed then
   */
  public void load(Map<String, Tensor> values) {
    Map<String, Tensor> own = all();
    own.forEach(
        (name, tensor) -> {
          Tensor value = values.get(name);
          if (value == null) {
            throw new IllegalArgumentException(
                "tensor "
                    + name
                    + " "
                    + Shapes.of(tensor)
                    + " is missing; the file holds another architecture");
          }
          if (!Arrays.equals(value.shape(), tensor.shape())) {
            throw new IllegalArgumentException(
                "tensor " + name + " must be " + Shapes.of(tensor) + ", got " + Shapes.of(value));
          }
        });
    for (String name : values.keySet()) {
      if (!own.containsKey(name)) {
        throw new IllegalArgumentException(
            "tensor " + name + " is not part of this architecture; the file holds another one");
      }
    }
    Ops.withoutGradient(() -> own.forEach((name, tensor) -> copy(tensor, values, name)));
  }

  private static void copy(Tensor target, Map<String, Tensor> values, String name) {
    try (Scope scope = Scope.open()) {
      target.copy_(Objects.requireNonNull(values.get(name)).to(ScalarType.Float));
    }
  }

  private Tensor drawn(String name, ToDoubleFunction<Rng> draw, long... shape) {
    Unfilled unfilled = UNFILLED.get();
    if (unfilled != null) {
      return parameter(name, unfilled.make(name, shape));
    }
    float[] values = new float[Math.toIntExact(Shapes.count(shape))];
    Rng rng = Rng.of(seed, Rng.Purpose.WEIGHTS, name.hashCode(), values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) draw.applyAsDouble(rng);
    }
    return parameter(name, Scope.own(Ops.floats(values, shape)));
  }

  private static Tensor filled(String name, double value, long... shape) {
    Unfilled unfilled = UNFILLED.get();
    if (unfilled != null) {
      return unfilled.make(name, shape);
    }
    float[] values = new float[Math.toIntExact(Shapes.count(shape))];
    Arrays.fill(values, (float) value);
    return Scope.own(Ops.floats(values, shape));
  }

  private Tensor parameter(String name, Tensor tensor) {
    tensor.set_requires_grad(true);
    putNew(parameters, name, tensor);
    return tensor;
  }

  private void putNew(Map<String, Tensor> map, String name, Tensor tensor) {
    if (parameters.containsKey(name) || buffers.containsKey(name)) {
      throw new IllegalArgumentException("weight " + name + " exists already");
    }
    map.put(name, tensor);
  }

  @Override
  public void close() {
    parameters.values().forEach(Scope::release);
    buffers.values().forEach(Scope::release);
    parameters.clear();
    buffers.clear();
  }
}
