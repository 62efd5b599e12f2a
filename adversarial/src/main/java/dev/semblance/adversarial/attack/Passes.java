package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.TorchException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Batches through the model. Where the model throws, every row of the batch is tried alone, and
 * only those on which it throws again are lost.
 *
 * <p>In strict mode a batch always has the same number of rows and a sample always the same place
 * in it; what is missing is filled up with grey.
 */
final class Passes {
  private final Classifier model;
  private final boolean strict;

  Passes(Classifier model, boolean strict) {
    this.model = model;
    this.strict = strict;
  }

  /**
   * What came out of one batch.
   *
   * @param leaf what went in: the points, in strict mode at their places
   * @param places of the points in {@code leaf}, or null where they are the leaf
   * @param logits [m, k] of the points, NaN where the model failed; with the graph to {@code leaf}
   * @param failures what the model said at each row, or null
   * @param passes how often each row went through the model
   */
  record Forward(
      Tensor leaf,
      @Nullable Tensor places,
      Tensor logits,
      List<@Nullable String> failures,
      int passes) {
    /** The gradient of a number by the points; the graph stays for others. */
    Tensor gradient(Tensor number) {
      Tensor gradient =
          torch
              .grad(
                  new TensorVector(number),
                  new TensorVector(leaf),
                  new TensorVector(torch.ones_like(number)),
                  new BoolOptional(true),
                  false,
                  false)
              .get(0);
      return places == null ? gradient : gradient.index_select(0, places);
    }
  }

  /** Logits without gradient. */
  Forward look(Tensor points, long[] ids, int slots) {
    return Ops.withoutGradient(() -> forward(points, ids, slots));
  }

  /** Logits whose gradient by the points can be asked for. */
  Forward record(Tensor points, long[] ids, int slots) {
    return forward(points, ids, slots);
  }

  private Forward forward(Tensor points, long[] ids, int slots) {
    Tensor places = null;
    Tensor leaf = points.detach();
    if (strict) {
      places = places(ids, slots);
      leaf = grey(leaf, slots).index_copy(0, places, leaf);
    }
    leaf.requires_grad_(true);
    List<@Nullable String> failures = new ArrayList<>();
    for (int r = 0; r < ids.length; r++) {
      failures.add(null);
    }
    try {
      Tensor logits = model.logits(leaf);
      Tensor own = places == null ? logits : logits.index_select(0, places);
      return new Forward(leaf, places, own, failures, 1);
    } catch (RuntimeException together) {
      return new Forward(leaf, places, oneByOne(leaf, places, failures), failures, 2);
    }
  }

  private Tensor oneByOne(Tensor leaf, @Nullable Tensor places, List<@Nullable String> failures) {
    List<Tensor> rows = new ArrayList<>();
    for (int r = 0; r < failures.size(); r++) {
      try {
        rows.add(alone(leaf, places == null ? r : places.select(0, r).item_long()));
      } catch (RuntimeException failure) {
        failures.set(r, "the model fails: " + TorchException.firstLine(failure));
        Tensor nothing = Ops.zeros(ScalarType.Double, 1, model.classes());
        rows.add(nothing.fill_(Ops.scalar(Double.NaN)).to(leaf.scalar_type()));
      }
    }
    return torch.cat(new TensorVector(rows.toArray(Tensor[]::new)), 0);
  }

  private Tensor alone(Tensor leaf, long place) {
    Tensor own = leaf.narrow(0, place, 1);
    if (!strict) {
      return model.logits(own);
    }
    Tensor index = Ops.longs(new long[] {place}, 1);
    Tensor company = grey(leaf, leaf.size(0));
    return model.logits(company.index_copy(0, index, own)).narrow(0, place, 1);
  }

  private Tensor grey(Tensor like, long rows) {
    long[] shape = like.shape();
    shape[0] = rows;
    double middle = model.box().low() / 2 + model.box().high() / 2;
    return Ops.zeros(like.scalar_type().intern(), shape).fill_(Ops.scalar(middle));
  }

  private static Tensor places(long[] ids, int slots) {
    long[] places = new long[ids.length];
    for (int r = 0; r < places.length; r++) {
      places[r] = Math.floorMod(ids[r], slots);
    }
    return Ops.longs(places, places.length);
  }

  /**
   * Refuses a model whose answer on a row depends on the other rows: one row in two companies must
   * give the same bits, of logits and gradient. Images on which the model throws tell nothing.
   *
   * @param images at least one, [n, ...]
   */
  void probe(Tensor images, int slots) {
    for (long i = 0; i < images.size(0); i++) {
      try (Scope scope = Scope.open()) {
        Tensor row = images.narrow(0, i, 1);
        boolean alone = true;
        for (int place : new int[] {0, slots / 2, slots - 1}) {
          Tensor index = Ops.longs(new long[] {place}, 1);
          Tensor[] one = answer(grey(images, slots).index_copy(0, index, row), place);
          Tensor[] other = answer(ramp(images, slots).index_copy(0, index, row), place);
          alone &= one[0].equal(other[0]) && one[1].equal(other[1]);
        }
        if (alone) {
          return;
        }
      } catch (RuntimeException failure) {
        continue;
      }
      throw new IllegalArgumentException(
          "strict mode needs a model that answers on each image by itself, but the answer on one"
              + " changed with the others of its batch; put batch normalisation into inference"
              + " mode, or run without strict mode");
    }
  }

  /** All values of the box, evenly spaced over the batch. */
  private Tensor ramp(Tensor like, long rows) {
    Tensor grey = grey(like, rows);
    Tensor values =
        torch.linspace(
            Ops.scalar(model.box().low()),
            Ops.scalar(model.box().high()),
            grey.numel(),
            Ops.options(like.scalar_type().intern()));
    return values.view(grey.shape());
  }

  private Tensor[] answer(Tensor batch, int place) {
    Tensor leaf = batch.detach().requires_grad_(true);
    Tensor logits = model.logits(leaf);
    // All rows have a say in the backward pass, as they do at work.
    Tensor gradient =
        torch.grad(new TensorVector(logits.square().sum()), new TensorVector(leaf)).get(0);
    return new Tensor[] {logits.detach().select(0, place), gradient.select(0, place)};
  }
}
