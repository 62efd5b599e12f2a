package dev.semblance.adversarial.attack;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Where samples have got to that took their first step before their turn in the batch. */
final class Begun implements AutoCloseable {
  private final boolean[] begun;
  private List<Tensor> state = List.of();

  /** Of none of {@code n} samples. */
  Begun(int n) {
    this.begun = new boolean[n];
  }

  /** Keeps a copy of the state of some samples, row by row. */
  void keep(Tensor index, int[] who, List<Tensor> rows) {
    if (state.isEmpty()) {
      state = rows.stream().map(this::forAll).toList();
    }
    for (int t = 0; t < state.size(); t++) {
      state.get(t).index_copy_(0, index, rows.get(t).detach());
    }
    for (int i : who) {
      begun[i] = true;
    }
  }

  private Tensor forAll(Tensor rows) {
    long[] shape = rows.shape();
    shape[0] = begun.length;
    return Scope.own(Ops.zeros(rows.scalar_type().intern(), shape));
  }

  /** Those of {@code who} whose state is kept, or the others. */
  int[] among(boolean kept, int... who) {
    return IntStream.of(who).filter(i -> begun[i] == kept).toArray();
  }

  /** The state of samples that have begun, in the caller's scope. */
  List<Tensor> of(Tensor index) {
    return state.stream().map(t -> t.index_select(0, index)).toList();
  }

  @Override
  public void close() {
    state.forEach(Scope::release);
  }
}
