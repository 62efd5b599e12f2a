package dev.semblance.core.nn;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

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
    float[] values = new float[Math.toIntExact(Shapes.count(shape))];
    Rng rng = Rng.of(seed, Rng.Purpose.WEIGHTS, name.hashCode(), values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rng.uniform(-bound, bound);
    }
    return parameter(name, values, shape);
  }

  /** A parameter, normal with mean 0 and the given deviation, trained. */
  public Tensor normal(String name, double deviation, long... shape) {
    float[] values = new float[Math.toIntExact(Shapes.count(shape))];
    Rng rng = Rng.of(seed, Rng.Purpose.WEIGHTS, name.hashCode(), values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * rng.gaussian());
    }
    return parameter(name, values, shape);
  }

  /** A parameter of one value, trained. */
  public Tensor constant(String name, double value, long... shape) {
    float[] values = new float[Math.toIntExact(Shapes.count(shape))];
    Arrays.fill(values, (float) value);
    return parameter(name, values, shape);
  }

  /** A buffer of one value, saved but not trained. */
  public Tensor buffer(String name, double value, long... shape) {
    float[] values = new float[Math.toIntExact(Shapes.count(shape))];
    Arrays.fill(values, (float) value);
    Tensor tensor = Scope.own(Ops.floats(values, shape));
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

  private Tensor parameter(String name, float[] values, long... shape) {
    Tensor tensor = Scope.own(Ops.floats(values, shape));
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
