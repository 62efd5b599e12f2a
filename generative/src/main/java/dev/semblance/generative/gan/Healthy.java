package dev.semblance.generative.gan;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A copy of the last healthy state of a training. It is part of the training's own state, so that a
 * resumed run can go back to it too. Owns the copy until it is closed.
 */
final class Healthy implements AutoCloseable {
  private final Map<String, Tensor> live;
  private final Map<String, Tensor> copy = new LinkedHashMap<>();

  /** The step of the copy, -1 for none; the number of ways back. */
  private final Tensor position;

  Healthy(Map<String, Tensor> live) {
    this.live = live;
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      live.forEach((name, tensor) -> copy.put(name, Scope.own(tensor.detach().clone())));
      this.position = Scope.own(Ops.longs(new long[] {-1, 0}));
    }
  }

  long step() {
    return Ops.toLongs(position)[0];
  }

  long rollbacks() {
    return Ops.toLongs(position)[1];
  }

  void take(long step) {
    copy(live, copy);
    at(step, rollbacks());
  }

  void restore() {
    copy(copy, live);
    at(step(), rollbacks() + 1);
  }

  private void at(long step, long rollbacks) {
    try (Scope scope = Scope.open()) {
      position.copy_(Ops.longs(new long[] {step, rollbacks}));
    }
  }

  private static void copy(Map<String, Tensor> from, Map<String, Tensor> to) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      to.forEach((name, tensor) -> tensor.copy_(Objects.requireNonNull(from.get(name))));
    }
  }

  /** The live tensors of the copy by name. */
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>(copy);
    state.put("position", position);
    return state;
  }

  @Override
  public void close() {
    copy.values().forEach(Scope::release);
    copy.clear();
    Scope.release(position);
  }
}
