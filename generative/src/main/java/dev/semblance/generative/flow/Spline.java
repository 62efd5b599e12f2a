package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A monotone rational-quadratic spline of a box onto itself. Outside it is the identity, with slope
 * 1 at both ends, or nothing, with free slopes: for values that are bounded by nature.
 *
 * <p>Parameters of an element: {@code bins} raw widths, {@code bins} raw heights, then the raw
 * slopes at the knots, {@code bins - 1} or, with free ends, {@code bins + 1}. All zero: the
 * identity.
 *
 * @param bins at least 2
 * @param low the box's lower edge
 * @param high the box's upper edge
 * @param freeEnds whether nothing lies outside; what rounding puts there is moved to the edge
 * @param least the smallest width and height, as shares of the box, and the smallest slope
 */
@Source(key = "durkan2019neural", where = "section 3.1, Eqs. (4)-(8)")
public record Spline(int bins, double low, double high, boolean freeEnds, double least)
    implements Elementwise {
  public Spline {
    Check.atLeast("bins", bins, 2);
    Check.finite("low", low);
    Check.finite("high", high);
    if (!(low < high)) {
      throw new IllegalArgumentException("low must be < high, got " + low + " and " + high);
    }
    if (!(least > 0 && least * bins < 1)) {
      throw new IllegalArgumentException(
          "least must be in (0, 1 / bins) = (0, " + 1.0 / bins + "), got " + least);
    }
  }

  /** On [-3, 3], the identity outside; minima 1e-3. */
  public static Spline of(int bins) {
    // Durkan et al. 2019, appendix B.1 and code.
    return new Spline(bins, -3, 3, false, 1e-3);
  }

  /**
   * On [0, 1], free ends; minima 1e-4, since a pixel that is surely black needs a bin of 1/256 over
   * all but the others' minimal heights.
   */
  public static Spline unit(int bins) {
    return new Spline(bins, 0, 1, true, 1e-4);
  }

  @Override
  public int parameters() {
    return 3 * bins + (freeEnds ? 1 : -1);
  }

  /** The bin of each element: knots, values and slopes at both ends, shaped as the elements. */
  private record Bin(
      Tensor x, Tensor width, Tensor y, Tensor height, Tensor slope, Tensor nextSlope) {
    Tensor rise() {
      return height.div(width);
    }
  }

  @Override
  public Bijection.Mapped forward(Tensor x, Tensor parameters) {
    Tensor inside = inBox(x);
    Bin bin = find(inside, parameters, true);
    Tensor xi = inside.sub(bin.x).div(bin.width);
    Tensor s = bin.rise();
    Tensor share = xi.mul(one(xi));
    Tensor bend = bin.nextSlope.add(bin.slope).sub(s.mul(Ops.scalar(2)));
    Tensor e = s.add(bend.mul(share));
    // Eq. (4)
    Tensor y = bin.y.add(bin.height.mul(s.mul(xi.square()).add(bin.slope.mul(share))).div(e));
    return outside(x, inside, y, logSlope(bin, s, xi, share, e));
  }

  @Override
  public Bijection.Mapped inverse(Tensor z, Tensor parameters) {
    Tensor inside = inBox(z);
    Bin bin = find(inside, parameters, false);
    Tensor s = bin.rise();
    Tensor t = inside.sub(bin.y);
    Tensor bend = bin.nextSlope.add(bin.slope).sub(s.mul(Ops.scalar(2)));
    // Eqs. (6)-(8)
    Tensor a = bin.height.mul(s.sub(bin.slope)).add(t.mul(bend));
    Tensor b = bin.height.mul(bin.slope).sub(t.mul(bend));
    Tensor c = s.mul(t).neg();
    Tensor discriminant =
        b.square()
            .sub(a.mul(c).mul(Ops.scalar(4)))
            .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional());
    Tensor xi = c.mul(Ops.scalar(2)).div(b.neg().sub(discriminant.sqrt()));
    Tensor share = xi.mul(one(xi));
    Tensor e = s.add(bend.mul(share));
    return outside(z, inside, bin.x.add(xi.mul(bin.width)), logSlope(bin, s, xi, share, e).neg());
  }

  /** Eq. (5), in logarithms. */
  private static Tensor logSlope(Bin bin, Tensor s, Tensor xi, Tensor share, Tensor e) {
    Tensor numerator =
        bin.nextSlope
            .mul(xi.square())
            .add(s.mul(share).mul(Ops.scalar(2)))
            .add(bin.slope.mul(one(xi).square()));
    Tensor ratio = s.div(e);
    return numerator.mul(ratio.square()).log();
  }

  private static Tensor one(Tensor xi) {
    return xi.neg().add(Ops.scalar(1));
  }

  private Tensor inBox(Tensor x) {
    return x.clamp(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)));
  }

  private Bijection.Mapped outside(Tensor x, Tensor inside, Tensor y, Tensor logSlope) {
    if (freeEnds) {
      return new Bijection.Mapped(y, Elementwise.total(logSlope));
    }
    Tensor within = x.eq(inside);
    return new Bijection.Mapped(
        torch.where(within, y, x),
        Elementwise.total(torch.where(within, logSlope, torch.zeros_like(logSlope))));
  }

  private Bin find(Tensor value, Tensor parameters, boolean byX) {
    Tensor xs = knots(parameters.narrow(-1, 0, bins));
    Tensor ys = knots(parameters.narrow(-1, bins, bins));
    Tensor slopes = slopes(parameters.narrow(-1, 2L * bins, parameters() - 2L * bins));
    Tensor inner = (byX ? xs : ys).detach().narrow(-1, 1, bins - 1L);
    Tensor at = value.detach().unsqueeze(-1).ge(inner).sum(new long[] {-1}, true, Ops.sameType());
    // Both ends of the bin at once: half as many gathers to go back through.
    Tensor ends = torch.cat(new TensorVector(at, at.add(new Scalar(1L))), -1);
    Tensor x = xs.gather(-1, ends);
    Tensor y = ys.gather(-1, ends);
    Tensor slope = slopes.gather(-1, ends);
    Tensor x0 = x.select(-1, 0);
    Tensor y0 = y.select(-1, 0);
    return new Bin(
        x0,
        x.select(-1, 1).sub(x0),
        y0,
        y.select(-1, 1).sub(y0),
        slope.select(-1, 0),
        slope.select(-1, 1));
  }

  /** The edges of the bins, from the box's lower to its upper one: [..., bins + 1]. */
  private Tensor knots(Tensor raw) {
    Tensor shares =
        raw.softmax(-1).mul(Ops.scalar(1 - least * bins)).add(Ops.scalar(least)).cumsum(-1);
    return torch.constant_pad_nd(shares, 1, 0).mul(Ops.scalar(high - low)).add(Ops.scalar(low));
  }

  /** The slopes at the edges: [..., bins + 1]. */
  private Tensor slopes(Tensor raw) {
    // Raw zeros give slope 1.
    double start = Math.log(Math.expm1(1 - least));
    Tensor slopes = torch.softplus(raw.add(Ops.scalar(start))).add(Ops.scalar(least));
    return freeEnds ? slopes : torch.constant_pad_nd(slopes, new long[] {1, 1}, new Scalar(1.0));
  }
}
