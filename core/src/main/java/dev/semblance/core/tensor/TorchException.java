package dev.semblance.core.tensor;

/**
 * A failed libtorch operation, told in one line: the operation, the operands' shapes, libtorch's
 * own first line.
 */
public final class TorchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private TorchException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * Rewrites {@code nativeError}, thrown by {@code operation} on the operands described by {@code
   * operands}.
   */
  public static TorchException of(String operation, String operands, RuntimeException nativeError) {
    return new TorchException(
        operation + "(" + operands + ") failed: " + firstLine(nativeError), nativeError);
  }

  /** The first line of a native message, without libtorch's file positions and stack. */
  public static String firstLine(Throwable nativeError) {
    String text = String.valueOf(nativeError.getMessage()).strip();
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end).strip();
  }
}
