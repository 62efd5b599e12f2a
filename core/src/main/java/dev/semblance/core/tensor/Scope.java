package dev.semblance.core.tensor;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * The lifetime of native objects: what is allocated on this thread while a scope is innermost is
 * freed when it closes.
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *   Tensor product = a.matmul(b);
 *   return scope.keep(product.sum());
 * }
 * }</pre>
 *
 * <p>Scopes nest and belong to one thread; a worker thread opens its own. A tensor used after its
 * scope has closed fails with a {@link NullPointerException} from the binding. Without any scope
 * native memory is freed by the garbage collector, which does not see its size: always open one
 * scope per step.
 */
public final class Scope implements AutoCloseable {
  private final @Nullable PointerScope outer;
  private final PointerScope inner;

  private Scope(@Nullable PointerScope outer, PointerScope inner) {
    this.outer = outer;
    this.inner = inner;
  }

  /** Opens a scope; it becomes the innermost one of this thread. */
  public static Scope open() {
    NativeRuntime.start();
    PointerScope outer = PointerScope.getInnerScope();
    return new Scope(outer, new PointerScope());
  }

  /**
   * Moves {@code result} to the enclosing scope or, where there is none, to the caller, who then
   * closes it.
   *
   * @return {@code result}
   */
  public <P extends Pointer> P keep(P result) {
    result.retainReference();
    inner.detach(result);
    if (outer != null) {
      outer.attach(result);
      result.releaseReference();
    }
    return result;
  }

  /**
   * Takes {@code result} out of every scope: it lives until {@link #release}. For objects that own
   * tensors beyond the step that made them, such as the weights of a net.
   */
  public static <P extends Pointer> P own(P result) {
    result.retainReference();
    PointerScope scope = PointerScope.getInnerScope();
    if (scope != null) {
      scope.detach(result);
    }
    return result;
  }

  /** Gives back what {@link #own} took. */
  public static void release(Pointer owned) {
    owned.releaseReference();
  }

  @Override
  public void close() {
    inner.close();
  }
}
