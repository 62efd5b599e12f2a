package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Runs a {@link RowAttack} over samples: a fixed number of rows is in work, a row that is done
 * leaves at once, and the next sample takes its place. Every forward and backward row is booked on
 * its sample.
 *
 * <p>A sample leaves at the first image that reaches the goal. In the end every claimed image is
 * tried again as it is stored: finite, inside ball and box, and the goal reached.
 *
 * @param rows in work at a time
 */
public record Engine(int rows) {
  public Engine {
    Check.atLeast("rows", rows, 1);
  }

  /** 128 rows: from there on a batch of small images gets no faster. */
  public static Engine of() {
    return new Engine(128);
  }

  /**
   * Attacks all samples.
   *
   * @throws IllegalArgumentException for labels or images that do not fit the model
   */
  public AttackResult run(RowAttack attack, Classifier model, Samples samples, Goal goal) {
    return run(attack, model, samples, goal, done -> {});
  }

  /** The same; {@code progress} is told how many samples are done, after every step. */
  public AttackResult run(
      RowAttack attack, Classifier model, Samples samples, Goal goal, IntConsumer progress) {
    try (Scope scope = Scope.open()) {
      refuseOutside(model, samples);
      try (Run run = new Run(attack, model, samples, goal, rows)) {
        run.clean();
        run.work(progress);
        run.confirm();
        AttackResult result = run.result();
        scope.keep(result.adversarial());
        return result;
      }
    }
  }

  private static void refuseOutside(Classifier model, Samples samples) {
    long[] labels = Ops.toLongs(samples.labels());
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= model.classes()) {
        throw new IllegalArgumentException(
            "labels must be in 0.."
                + (model.classes() - 1)
                + ", got "
                + labels[i]
                + " for sample "
                + samples.ids()[i]);
      }
    }
    double low = samples.images().min().item_double();
    double high = samples.images().max().item_double();
    if (!(low >= model.box().low() && high <= model.box().high())) {
      throw new IllegalArgumentException(
          "images must be in "
              + model.box().low()
              + ".."
              + model.box().high()
              + ", got "
              + low
              + ".."
              + high
              + "; scale them, the model normalises by itself");
    }
  }

  /** One run: what is known of every sample, and the rows in work. */
  private static final class Run implements AutoCloseable {
    private final RowAttack attack;
    private final Classifier model;
    private final Samples samples;
    private final long[] ids;
    private final Goal goal;
    private final int capacity;
    private final int n;
    private final Tensor adversarial;
    private final Outcome[] outcomes;
    private final long[] forwards;
    private final long[] backwards;
    private final long[] zeros;
    private final int[] taken;
    private final boolean[] claimed;
    private @Nullable Aim aims;

    /** Samples in work, row by row; their state is owned here between steps. */
    private int[] active = {};

    private List<Tensor> state = List.of();

    Run(RowAttack attack, Classifier model, Samples samples, Goal goal, int capacity) {
      this.attack = attack;
      this.model = model;
      this.samples = samples;
      this.ids = samples.ids();
      this.goal = goal;
      this.capacity = capacity;
      this.n = samples.size();
      this.adversarial = samples.images().detach().clone();
      this.outcomes = new Outcome[n];
      this.forwards = new long[n];
      this.backwards = new long[n];
      this.zeros = new long[n];
      this.taken = new int[n];
      this.claimed = new boolean[n];
    }

    /** The clean images: who is right at all, and what the goal means for each sample. */
    void clean() {
      try (Scope scope = Scope.open()) {
        for (int first = 0; first < n; first += capacity) {
          int end = Math.min(n, first + capacity);
          try (Scope step = Scope.open()) {
            int from = first;
            Tensor labels = samples.labels().narrow(0, from, end - from);
            Tensor logits =
                Ops.withoutGradient(
                    () -> model.logits(samples.images().narrow(0, from, labels.size(0))));
            boolean[] finite = Ops.toBooleans(torch.isfinite(logits).all(1));
            boolean[] wrong = Ops.toBooleans(new Aim(labels, false).reached(logits));
            int[] right = new int[end - first];
            int count = 0;
            for (int i = 0; i < end - first; i++) {
              forwards[first + i]++;
              if (!finite[i]) {
                end(
                    first + i,
                    Outcome.Verdict.MISCLASSIFIED,
                    "logits of the clean image not finite");
              } else if (wrong[i]) {
                end(first + i, Outcome.Verdict.MISCLASSIFIED, null);
              } else {
                right[count++] = i;
              }
            }
            if (count > 0) {
              Tensor index = index(Arrays.copyOf(right, count));
              resolved(
                  goal.resolve(logits.index_select(0, index), labels.index_select(0, index)),
                  index(Arrays.stream(right, 0, count).map(r -> from + r).toArray()));
            }
          }
        }
      }
    }

    /** Notes the aim of some samples. */
    private void resolved(Aim aim, Tensor who) {
      if (aims == null) {
        aims =
            aim.withColumns(
                aim.columns().stream()
                    .map(c -> Scope.own(torch.zeros_like(samples.labels())))
                    .toList());
      }
      for (int c = 0; c < aim.columns().size(); c++) {
        aims.columns().get(c).index_copy_(0, who, aim.columns().get(c));
      }
    }

    void work(IntConsumer progress) {
      int next = 0;
      while (true) {
        int[] fresh = new int[capacity - active.length];
        int count = 0;
        for (; next < n && count < fresh.length; next++) {
          if (outcomes[next] == null) {
            fresh[count++] = next;
          }
        }
        if (active.length + count == 0) {
          return;
        }
        step(Arrays.copyOf(fresh, count));
        progress.accept(next - active.length);
      }
    }

    /** Lets samples in, tries all rows, lets out who is done, moves the others on. */
    private void step(int... fresh) {
      try (Scope scope = Scope.open()) {
        List<Tensor> now = fresh.length == 0 ? state : joined(state, attack.start(rows(fresh)));
        int[] who = concatenated(active, fresh);
        Aim aim = aim(index(who));
        Tensor point = now.getFirst().detach().requires_grad_(true);
        Tensor logits = model.logits(point);
        boolean[] reached = Ops.toBooleans(aim.reached(logits.detach()));
        boolean[] finite = Ops.toBooleans(torch.isfinite(logits.detach()).all(1));
        int[] staying = new int[who.length];
        int count = 0;
        for (int r = 0; r < who.length; r++) {
          int i = who[r];
          forwards[i]++;
          if (!finite[r]) {
            end(i, Outcome.Verdict.GIVEN_UP, "logits not finite at step " + taken[i]);
          } else if (reached[r]) {
            adversarial.select(0, i).copy_(point.detach().select(0, r));
            claimed[i] = true;
            end(i, Outcome.Verdict.UNCONFIRMED, null);
          } else if (taken[i] == attack.steps()) {
            end(i, Outcome.Verdict.WITHSTOOD, null);
          } else {
            staying[count++] = r;
          }
        }
        advance(who, Arrays.copyOf(staying, count), now, point, logits, aim);
      }
    }

    private void advance(
        int[] who, int[] staying, List<Tensor> now, Tensor point, Tensor logits, Aim aim) {
      int[] left = new int[staying.length];
      List<Tensor> moved = List.of();
      if (staying.length > 0) {
        Tensor index = index(staying);
        // Only rows that go on are asked for: one bad row must not spoil the sum.
        Tensor value = attack.objective().of(logits.index_select(0, index), aim.rows(index));
        Tensor gradient =
            torch
                .grad(new TensorVector(value.sum()), new TensorVector(point))
                .get(0)
                .index_select(0, index);
        boolean[] finite = Ops.toBooleans(torch.isfinite(gradient.flatten(1, -1)).all(1));
        boolean[] zero = Ops.toBooleans(gradient.flatten(1, -1).eq(Ops.scalar(0)).all(1));
        int[] going = new int[staying.length];
        int count = 0;
        for (int s = 0; s < staying.length; s++) {
          int i = who[staying[s]];
          backwards[i]++;
          zeros[i] += zero[s] ? 1 : 0;
          if (!finite[s]) {
            end(i, Outcome.Verdict.GIVEN_UP, "gradient not finite at step " + taken[i]);
          } else {
            left[count] = i;
            going[count++] = s;
          }
        }
        left = Arrays.copyOf(left, count);
        if (count > 0) {
          Tensor kept = index(Arrays.copyOf(going, count));
          Tensor place = index.index_select(0, kept);
          List<Tensor> before = now.stream().map(t -> t.detach().index_select(0, place)).toList();
          moved =
              attack.advance(
                  rows(left),
                  before,
                  new RowAttack.Evaluation(
                      value.detach().index_select(0, kept), gradient.index_select(0, kept)));
        }
      }
      state.forEach(Scope::release);
      state = moved.stream().map(t -> Scope.own(t.detach())).toList();
      active = left;
      for (int i : left) {
        taken[i]++;
      }
    }

    /** Tries every claimed image again, in another company, as it is stored. */
    void confirm() {
      int[] who = new int[n];
      int count = 0;
      for (int i = 0; i < n; i++) {
        if (claimed[i]) {
          who[count++] = i;
        }
      }
      int together = Math.max(1, capacity - 1);
      for (int first = 0; first < count; first += together) {
        confirm(Arrays.copyOfRange(who, first, Math.min(count, first + together)));
      }
    }

    private void confirm(int... who) {
      try (Scope scope = Scope.open()) {
        Ball ball = attack.ball();
        Rows rows = rows(who);
        Tensor images = adversarial.index_select(0, index(who));
        Tensor logits = Ops.withoutGradient(() -> model.logits(images));
        boolean[] reached = Ops.toBooleans(rows.aim().reached(logits));
        Tensor delta = images.to(ScalarType.Double).sub(rows.origin().to(ScalarType.Double));
        double[] distance = Ops.toDoubles(ball.norm().of(delta));
        boolean[] near = ball.contains(images, rows.origin());
        boolean[] inside = rows.box().contains(images);
        Tensor cut = GreyLevels.cut(images, rows.origin(), rows.box());
        Tensor cutLogits = Ops.withoutGradient(() -> model.logits(cut));
        boolean[] eight = Ops.toBooleans(rows.aim().reached(cutLogits));
        for (int r = 0; r < who.length; r++) {
          int i = who[r];
          forwards[i] += 2;
          boolean good = reached[r] && inside[r] && near[r];
          Outcome before = outcomes[i];
          outcomes[i] =
              new Outcome(
                  before.id(),
                  good ? Outcome.Verdict.FOOLED : Outcome.Verdict.UNCONFIRMED,
                  before.steps(),
                  forwards[i],
                  before.backwards(),
                  before.zeroGradients(),
                  before.queries(),
                  good ? distance[r] : Double.POSITIVE_INFINITY,
                  good && eight[r],
                  good ? null : "claimed, but not confirmed on the stored image");
        }
      }
    }

    AttackResult result() {
      return new AttackResult(adversarial, Arrays.asList(outcomes));
    }

    private void end(int i, Outcome.Verdict verdict, @Nullable String reason) {
      outcomes[i] =
          new Outcome(
              ids[i],
              verdict,
              taken[i],
              forwards[i],
              backwards[i],
              zeros[i],
              0,
              verdict == Outcome.Verdict.MISCLASSIFIED ? 0 : Double.POSITIVE_INFINITY,
              false,
              reason);
    }

    private Rows rows(int... who) {
      Tensor index = index(who);
      long[] names = new long[who.length];
      int[] steps = new int[who.length];
      for (int r = 0; r < who.length; r++) {
        names[r] = ids[who[r]];
        steps[r] = taken[who[r]];
      }
      return new Rows(
          samples.images().index_select(0, index), aim(index), names, steps, model.box());
    }

    private Aim aim(Tensor index) {
      if (aims == null) {
        throw new IllegalStateException("aims must be resolved before rows are attacked");
      }
      return aims.rows(index);
    }

    private static List<Tensor> joined(List<Tensor> first, List<Tensor> second) {
      if (first.isEmpty()) {
        return second;
      }
      List<Tensor> joined = new ArrayList<>();
      for (int k = 0; k < first.size(); k++) {
        joined.add(torch.cat(new TensorVector(first.get(k), second.get(k)), 0));
      }
      return joined;
    }

    private static int[] concatenated(int[] first, int... second) {
      int[] both = Arrays.copyOf(first, first.length + second.length);
      System.arraycopy(second, 0, both, first.length, second.length);
      return both;
    }

    private static Tensor index(int... rows) {
      return Ops.longs(Arrays.stream(rows).asLongStream().toArray(), rows.length);
    }

    @Override
    public void close() {
      state.forEach(Scope::release);
      if (aims != null) {
        aims.columns().forEach(Scope::release);
      }
    }
  }
}
