package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The smallest L2 change by descent on {@code |x' - x|^2 + c max(margin, -confidence)}, with {@code
 * x'} a tanh of what is optimised and so always in the box. The weight c is searched for, sample by
 * sample: ten times larger until something is found, then halfway between what was enough and what
 * was not. Each round begins anew.
 *
 * <p>The excluded class of the margin is masked by minus infinity. The nearest image over all
 * rounds is kept, whether the objective liked it or not.
 *
 * @param rounds values of c, at least 1
 * @param stepsPerRound of Adam, at least 1
 * @param rate of Adam, above 0
 * @param firstWeight c of the first round, above 0
 * @param confidence by how much the margin is to be overshot, at least 0
 */
@Source(key = "carlini2017towards", where = "Section VI.A (L2 attack), section V.B (f6, tanh)")
public record CarliniWagner(
    int rounds, int stepsPerRound, double rate, double firstWeight, double confidence)
    implements RowAttack {
  private static final double FIRST_DECAY = 0.9; // kingma2015adam, Algorithm 1
  private static final double SECOND_DECAY = 0.999;
  private static final double NEVER_ZERO = 1e-8;
  private static final double INSIDE = 1 - 1e-6; // artanh of an end of the box is infinite
  private static final double FALLEN = 0.9999; // authors' code: a round ends on a plateau

  public CarliniWagner {
    Check.atLeast("rounds", rounds, 1);
    Check.atLeast("stepsPerRound", stepsPerRound, 1);
    Check.positive("rate", rate);
    Check.positive("firstWeight", firstWeight);
    Check.notNegative("confidence", confidence);
  }

  /** 9 rounds of up to 10,000 steps, rate 0.01, weight 0.001, confidence 0: the authors' code. */
  public static CarliniWagner of() {
    return new CarliniWagner(9, 10_000, 0.01, 1e-3, 0);
  }

  /** The same with fewer or more steps a round. */
  public CarliniWagner withStepsPerRound(int other) {
    return new CarliniWagner(rounds, other, rate, firstWeight, confidence);
  }

  @Override
  public Norm norm() {
    return Norm.L2;
  }

  @Override
  public int steps() {
    return Math.multiplyExact(rounds, stepsPerRound);
  }

  @Override
  public boolean nearest() {
    return true;
  }

  /** What a row carries along besides its images: one line of a float64 [m, 7]. */
  private enum Number {
    WEIGHT,
    TOO_SMALL,
    ENOUGH,
    ROUND,
    STEP,
    FOUND,
    LOSS_BEFORE
  }

  /** The image, what is optimised, Adam's two moments, and the numbers. */
  @Override
  public List<Tensor> start(Rows rows) {
    try (Scope scope = Scope.open()) {
      double[] numbers = new double[rows.size() * Number.values().length];
      for (int r = 0; r < rows.size(); r++) {
        numbers[at(r, Number.WEIGHT)] = firstWeight;
        numbers[at(r, Number.ENOUGH)] = Double.POSITIVE_INFINITY;
        numbers[at(r, Number.LOSS_BEFORE)] = Double.POSITIVE_INFINITY;
      }
      Tensor free = free(rows);
      Tensor zero = torch.zeros_like(free);
      return List.of(
          scope.keep(image(free, rows.box())),
          scope.keep(free),
          scope.keep(zero),
          scope.keep(zero.clone()),
          scope.keep(Ops.doubles(numbers, rows.size(), Number.values().length)));
    }
  }

  @Override
  public List<Tensor> advance(Rows rows, List<Tensor> state, Evaluation at) {
    try (Scope scope = Scope.open()) {
      int m = rows.size();
      Tensor point = state.getFirst();
      Evaluation.Slope slope = at.slope(logits -> rows.aim().margin(logits));
      double[] margins = Ops.toDoubles(slope.value());
      double[] distances = Ops.toDoubles(Norm.L2.of(point.sub(rows.origin())));
      double[] numbers = Ops.toDoubles(state.get(4));
      boolean[] reached = at.reached();
      double[] pull = new double[m];
      boolean[] anew = new boolean[m];
      for (int r = 0; r < m; r++) {
        pull[r] = margins[r] > -confidence ? numbers[at(r, Number.WEIGHT)] : 0;
        boolean enough = reached[r] && margins[r] <= -confidence;
        numbers[at(r, Number.FOUND)] = enough ? 1 : numbers[at(r, Number.FOUND)];
        double loss =
            distances[r] * distances[r]
                + numbers[at(r, Number.WEIGHT)] * Math.max(margins[r], -confidence);
        anew[r] = roundEnds(numbers, r, loss);
        if (anew[r]) {
          search(numbers, r);
        }
        numbers[at(r, Number.STEP)]++;
      }
      List<Tensor> after = adam(rows, state, slope.gradient(), pull, numbers);
      Tensor start = free(rows);
      Tensor zero = torch.zeros_like(start);
      Tensor free = Rows.either(anew, start, after.get(0));
      List<Tensor> kept = new ArrayList<>();
      kept.add(scope.keep(image(free, rows.box())));
      kept.add(scope.keep(free));
      kept.add(scope.keep(Rows.either(anew, zero, after.get(1))));
      kept.add(scope.keep(Rows.either(anew, zero, after.get(2))));
      for (int r = 0; r < m; r++) {
        numbers[at(r, Number.STEP)] = anew[r] ? 0 : numbers[at(r, Number.STEP)];
      }
      kept.add(scope.keep(Ops.doubles(numbers, m, Number.values().length)));
      return kept;
    }
  }

  @Override
  public boolean[] finished(Rows rows, List<Tensor> state) {
    double[] numbers = Ops.toDoubles(state.get(4));
    boolean[] finished = new boolean[rows.size()];
    for (int r = 0; r < finished.length; r++) {
      finished[r] = numbers[at(r, Number.ROUND)] == rounds;
    }
    return finished;
  }

  /** After its steps, or when the loss has hardly fallen over a tenth of them. */
  private boolean roundEnds(double[] numbers, int r, double loss) {
    int step = (int) numbers[at(r, Number.STEP)];
    if (step + 1 >= stepsPerRound) {
      return true;
    }
    if (step % Math.max(1, stepsPerRound / 10) == 0) {
      double before = numbers[at(r, Number.LOSS_BEFORE)];
      numbers[at(r, Number.LOSS_BEFORE)] = loss;
      // Written for losses of either sign.
      return loss > before - (1 - FALLEN) * Math.abs(before);
    }
    return false;
  }

  private static void search(double[] numbers, int r) {
    double weight = numbers[at(r, Number.WEIGHT)];
    boolean found = numbers[at(r, Number.FOUND)] > 0;
    int end = at(r, found ? Number.ENOUGH : Number.TOO_SMALL);
    numbers[end] = found ? Math.min(numbers[end], weight) : Math.max(numbers[end], weight);
    double enough = numbers[at(r, Number.ENOUGH)];
    numbers[at(r, Number.WEIGHT)] =
        Double.isInfinite(enough) ? 10 * weight : (numbers[at(r, Number.TOO_SMALL)] + enough) / 2;
    numbers[at(r, Number.ROUND)]++;
    numbers[at(r, Number.FOUND)] = 0;
    numbers[at(r, Number.LOSS_BEFORE)] = Double.POSITIVE_INFINITY;
  }

  /** One step of Adam, each row at its own count: what is optimised, first and second moment. */
  private List<Tensor> adam(
      Rows rows, List<Tensor> state, Tensor gradient, double[] pull, double[] numbers) {
    Tensor point = state.getFirst();
    Tensor free = state.get(1);
    Tensor ofPoint =
        point.sub(rows.origin()).mul(Ops.scalar(2)).add(gradient.mul(Rows.beside(pull, point)));
    Tensor tanh = free.tanh();
    Tensor slope = tanh.square().neg().add(Ops.scalar(1)).mul(Ops.scalar(rows.box().width() / 2));
    Tensor ofFree = ofPoint.mul(slope);
    Tensor first =
        state.get(2).mul(Ops.scalar(FIRST_DECAY)).add(ofFree.mul(Ops.scalar(1 - FIRST_DECAY)));
    Tensor second =
        state
            .get(3)
            .mul(Ops.scalar(SECOND_DECAY))
            .add(ofFree.square().mul(Ops.scalar(1 - SECOND_DECAY)));
    double[] length = new double[pull.length];
    double[] correction = new double[pull.length];
    for (int r = 0; r < length.length; r++) {
      double count = Math.max(1, numbers[at(r, Number.STEP)]);
      length[r] = rate / (1 - Math.pow(FIRST_DECAY, count));
      correction[r] = 1 / (1 - Math.pow(SECOND_DECAY, count));
    }
    Tensor scale = second.mul(Rows.beside(correction, point)).sqrt().add(Ops.scalar(NEVER_ZERO));
    Tensor moved = free.sub(first.div(scale).mul(Rows.beside(length, point)));
    return List.of(moved, first, second);
  }

  private static Tensor image(Tensor free, Box box) {
    Tensor middle =
        free.tanh()
            .mul(Ops.scalar(box.width() / 2))
            .add(Ops.scalar(box.low() / 2 + box.high() / 2));
    return box.clamp(middle);
  }

  private static Tensor free(Rows rows) {
    Box box = rows.box();
    return rows.origin()
        .sub(Ops.scalar(box.low() / 2 + box.high() / 2))
        .mul(Ops.scalar(2 * INSIDE / box.width()))
        .atanh();
  }

  private static int at(int row, Number number) {
    return row * Number.values().length + number.ordinal();
  }
}
