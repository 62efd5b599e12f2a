package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Which elements of an item a coupling keeps and which it changes. Where the paper multiplies by
 * masks, the two parts are gathered, so that nothing is computed for elements that are thrown away.
 */
@Source(key = "dinh2017density", where = "section 3.4 and Figure 3")
public sealed interface Partition {
  /** The two parts of [n, ...], as new tensors. */
  Parts split(Tensor x);

  /** The inverse of {@link #split}. */
  Tensor join(Parts parts);

  /** The elements that are kept and those that are changed. */
  record Parts(Tensor kept, Tensor changed) {}

  /**
   * Columns of [n, d] or channels of [n, c, h, w]: {@code from} to {@code to - 1} are changed.
   *
   * @param size of the dimension
   */
  record Range(int from, int to, int size) implements Partition {
    public Range {
      if (!(0 <= from && from < to && to <= size && to - from < size)) {
        throw new IllegalArgumentException(
            "changed part must be a proper part of 0.." + size + ", got " + from + ".." + to);
      }
    }

    @Override
    public Parts split(Tensor x) {
      Tensor changed = x.narrow(1, from, to - from);
      if (from == 0) {
        return new Parts(x.narrow(1, to, size - to), changed);
      }
      Tensor before = x.narrow(1, 0, from);
      return to == size
          ? new Parts(before, changed)
          : new Parts(torch.cat(new TensorVector(before, x.narrow(1, to, size - to)), 1), changed);
    }

    @Override
    public Tensor join(Parts parts) {
      if (from == 0) {
        return torch.cat(new TensorVector(parts.changed, parts.kept), 1);
      }
      if (to == size) {
        return torch.cat(new TensorVector(parts.kept, parts.changed), 1);
      }
      return torch.cat(
          new TensorVector(
              parts.kept.narrow(1, 0, from), parts.changed, parts.kept.narrow(1, from, size - to)),
          1);
    }
  }

  /**
   * Every other column of [n, d].
   *
   * @param odd whether columns 1, 3, ... are changed
   */
  record EveryOther(boolean odd) implements Partition {
    @Override
    public Parts split(Tensor x) {
      return new Parts(from(x, odd ? 0 : 1), from(x, odd ? 1 : 0));
    }

    private static Tensor from(Tensor x, long first) {
      return x.slice(1, new LongOptional(first), new LongOptional(x.size(1)), 2);
    }

    @Override
    public Tensor join(Parts parts) {
      Tensor even = odd ? parts.kept : parts.changed;
      Tensor uneven = odd ? parts.changed : parts.kept;
      int size = Math.toIntExact(even.size(1) + uneven.size(1));
      long[] order = new long[size];
      for (int i = 0; i < size; i++) {
        order[i] = i % 2 == 0 ? i / 2 : even.size(1) + i / 2;
      }
      return torch.cat(new TensorVector(even, uneven), 1).index_select(1, Ops.longs(order));
    }
  }

  /**
   * The fields of one colour of a checkerboard over [n, c, h, w] with even sides. Both parts are
   * [n, 2c, h/2, w/2]: the net that sees the kept part works at half the resolution with the two
   * fields of each 2x2 square as channels, instead of on an image with holes.
   *
   * @param odd whether the fields with an odd sum of row and column are changed
   */
  record Checkerboard(boolean odd) implements Partition {
    @Override
    public Parts split(Tensor x) {
      Tensor squares = torch.pixel_unshuffle(x, 2).unflatten(1, x.size(1), 4);
      Tensor corners =
          torch.cat(new TensorVector(squares.narrow(2, 0, 1), squares.narrow(2, 3, 1)), 2);
      Tensor even = corners.flatten(1, 2);
      Tensor uneven = squares.narrow(2, 1, 2).flatten(1, 2);
      return odd ? new Parts(even, uneven) : new Parts(uneven, even);
    }

    @Override
    public Tensor join(Parts parts) {
      Tensor even = odd ? parts.kept : parts.changed;
      Tensor uneven = odd ? parts.changed : parts.kept;
      long channels = even.size(1) / 2;
      Tensor corners = even.unflatten(1, channels, 2);
      Tensor squares =
          torch.cat(
              new TensorVector(
                  corners.narrow(2, 0, 1),
                  uneven.unflatten(1, channels, 2),
                  corners.narrow(2, 1, 1)),
              2);
      return torch.pixel_shuffle(squares.flatten(1, 2), 2);
    }
  }
}
