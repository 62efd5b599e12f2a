package dev.semblance.core.tensor;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** One name each for calls that are awkward in the binding and needed by more than one package. */
public final class Ops {
  private Ops() {}

  // ---- from Java and back

  /** A float32 tensor with a copy of {@code values}. */
  public static Tensor floats(float[] values, long... shape) {
    return Tensor.create(values, shape);
  }

  /** A float64 tensor with a copy of {@code values}. */
  public static Tensor doubles(double[] values, long... shape) {
    return Tensor.create(values, shape);
  }

  /** An int64 tensor with a copy of {@code values}, of shape [values.length] unless given. */
  public static Tensor longs(long[] values, long... shape) {
    return Tensor.create(values, shape.length == 0 ? new long[] {values.length} : shape);
  }

  /** A uint8 tensor with a copy of {@code values}. */
  public static Tensor bytes(byte[] values, long... shape) {
    return Tensor.create(values, false, shape);
  }

  /** The elements in row-major order, converted to float32. */
  public static float[] toFloats(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      Tensor flat = tensor.detach().to(ScalarType.Float).contiguous();
      float[] values = new float[Math.toIntExact(flat.numel())];
      if (values.length > 0) {
        FloatBuffer buffer = new FloatPointer(flat.data_ptr()).capacity(values.length).asBuffer();
        buffer.get(values);
      }
      return values;
    }
  }

  /** The elements in row-major order, converted to float64. */
  public static double[] toDoubles(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      Tensor flat = tensor.detach().to(ScalarType.Double).contiguous();
      double[] values = new double[Math.toIntExact(flat.numel())];
      if (values.length > 0) {
        DoubleBuffer buffer = new DoublePointer(flat.data_ptr()).capacity(values.length).asBuffer();
        buffer.get(values);
      }
      return values;
    }
  }

  /** The elements in row-major order, converted to int64. */
  public static long[] toLongs(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      Tensor flat = tensor.detach().to(ScalarType.Long).contiguous();
      long[] values = new long[Math.toIntExact(flat.numel())];
      if (values.length > 0) {
        LongBuffer buffer = new LongPointer(flat.data_ptr()).capacity(values.length).asBuffer();
        buffer.get(values);
      }
      return values;
    }
  }

  /** The elements of a uint8 tensor in row-major order. */
  public static byte[] toBytes(Tensor tensor) {
    try (Scope scope = Scope.open()) {
      Tensor flat = tensor.detach().to(ScalarType.Byte).contiguous();
      byte[] values = new byte[Math.toIntExact(flat.numel())];
      if (values.length > 0) {
        ByteBuffer buffer = new BytePointer(flat.data_ptr()).capacity(values.length).asByteBuffer();
        buffer.get(values);
      }
      return values;
    }
  }

  /** The elements of a tensor of booleans in row-major order. */
  public static boolean[] toBooleans(Tensor tensor) {
    byte[] bytes = toBytes(tensor);
    boolean[] values = new boolean[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = bytes[i] != 0;
    }
    return values;
  }

  /**
   * The tensor's own memory as bytes (native order, no copy): valid while the tensor lives. Must be
   * contiguous.
   */
  public static ByteBuffer memory(Tensor tensor) {
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          "tensor must be contiguous, got strides of a view; call contiguous()");
    }
    Pointer data = tensor.data_ptr();
    return new BytePointer(data)
        .capacity(tensor.nbytes())
        .asByteBuffer()
        .order(java.nio.ByteOrder.nativeOrder());
  }

  // ---- new tensors

  /** Uninitialised, of the given type. */
  public static Tensor empty(ScalarType type, long... shape) {
    return torch.empty(shape, options(type), null);
  }

  /** Zeros of the given type. */
  public static Tensor zeros(ScalarType type, long... shape) {
    return torch.zeros(shape, options(type));
  }

  /** Options naming nothing but the type. */
  public static TensorOptions options(ScalarType type) {
    return new TensorOptions(type);
  }

  // ---- arguments of the binding

  /** A possibly absent tensor argument. */
  public static TensorOptional optional(@Nullable Tensor tensor) {
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
  }

  /** No accumulation type: the operation's default. */
  public static ScalarTypeOptional sameType() {
    return new ScalarTypeOptional();
  }

  /** A native number. */
  public static Scalar scalar(double value) {
    return new Scalar(value);
  }

  // ---- factorisations

  /**
   * Runs a factorisation (inverse, determinant, Cholesky, eigenvectors, singular values ...) by one
   * BLAS thread. OpenBLAS splits large ones by a work list on the caller's stack, which a Java
   * thread does not have room for: the process would die.
   */
  public static <T> T factorise(Supplier<T> body) {
    try (OneBlasThread blas = new OneBlasThread()) {
      return body.get();
    }
  }

  // ---- gradient mode

  /** Runs {@code body} without recording a graph. */
  public static <T> T withoutGradient(Supplier<T> body) {
    try (NoGradGuard guard = new NoGradGuard()) {
      return body.get();
    }
  }

  /** Runs {@code body} without recording a graph. */
  public static void withoutGradient(Runnable body) {
    try (NoGradGuard guard = new NoGradGuard()) {
      body.run();
    }
  }
}
