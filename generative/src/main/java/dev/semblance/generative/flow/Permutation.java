package dev.semblance.generative.flow;

import dev.semblance.core.tensor.Ops;
import dev.semblance.generative.Condition;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Another order of columns or channels: place i gets what stood at {@code order.get(i)}.
 *
 * @param order each of 0..size-1 once
 */
public record Permutation(List<Integer> order) implements Bijection {
  public Permutation {
    order = List.copyOf(order);
    boolean[] seen = new boolean[order.size()];
    for (int place : order) {
      if (place < 0 || place >= seen.length || seen[place]) {
        throw new IllegalArgumentException(
            "order must hold each of 0.." + (seen.length - 1) + " once, got " + order);
      }
      seen[place] = true;
    }
  }

  /** From last to first. */
  public static Permutation reverse(int size) {
    Integer[] order = new Integer[size];
    for (int i = 0; i < size; i++) {
      order[i] = size - 1 - i;
    }
    return new Permutation(List.of(order));
  }

  @Override
  public Mapped forward(Tensor x, Condition condition) {
    long[] index = new long[order.size()];
    for (int i = 0; i < index.length; i++) {
      index[i] = order.get(i);
    }
    return new Mapped(x.index_select(1, Ops.longs(index)), x.new_zeros(x.size(0)));
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    long[] index = new long[order.size()];
    for (int i = 0; i < index.length; i++) {
      index[order.get(i)] = i;
    }
    return new Mapped(z.index_select(1, Ops.longs(index)), z.new_zeros(z.size(0)));
  }
}
