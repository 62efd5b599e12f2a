package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.access.OracleUnavailableException;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.GreyLevels;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** One run of the engine: what is known of every sample, and the searches in work. */
final class QueryRun implements AutoCloseable {
  /** Queries for the clean image. */
  static final int CLEAN = 1;

  /** Queries set aside for a claimed success: as it is stored, and cut to 8 bits. */
  static final int CONFIRMATION = 2;

  private final SearchAttack attack;
  private final ScoreOracle.Scores model;
  private final Box box;
  private final Samples samples;
  private final Goal goal;
  private final QueryEngine engine;
  private final long[] ids;
  private final int n;
  private final int width;
  private final long[] shape;
  private final boolean single;
  private final Tensor adversarial;
  private final @Nullable Outcome[] outcomes;
  private final long[] queries;
  private final int[] steps;
  private final boolean[] claimed;
  private @Nullable Aim aims;
  private int finished;

  /** Why no more is asked, or null. */
  private @Nullable String halt;

  QueryRun(
      SearchAttack attack,
      ScoreOracle.Scores model,
      Box box,
      Samples samples,
      Goal goal,
      QueryEngine engine) {
    this.attack = attack;
    this.model = images -> Ops.withoutGradient(() -> model.of(images));
    this.box = box;
    this.samples = samples;
    this.goal = goal;
    this.engine = engine;
    this.ids = samples.ids();
    this.n = samples.size();
    this.width = Math.toIntExact(samples.images().numel() / n);
    long[] whole = samples.images().shape();
    this.shape = Arrays.copyOfRange(whole, 1, whole.length);
    this.single = samples.images().scalar_type().intern() == ScalarType.Float;
    this.adversarial = samples.images().detach().clone();
    this.outcomes = new Outcome[n];
    this.queries = new long[n];
    this.steps = new int[n];
    this.claimed = new boolean[n];
  }

  /** The clean images: who is right at all, and what the goal means for each sample. */
  void clean() {
    try (Scope scope = Scope.open()) {
      @Nullable RuntimeException failure = null;
      int failed = 0;
      for (int first = 0; first < n && !halted(); first += engine.rows()) {
        int count = Math.min(n - first, engine.rows());
        Tensor labels = samples.labels().narrow(0, first, count);
        Answers answers = Answers.ask(model, samples.images().narrow(0, first, count));
        boolean[] finite = answers.finite();
        boolean[] wrong = answers.reached(new Aim(labels, false));
        int[] right = new int[count];
        int rights = 0;
        for (int r = 0; r < count; r++) {
          int i = first + r;
          queries[i] += answers.answered(r) ? CLEAN : 0;
          if (!answers.answered(r)) {
            failure = failure == null ? answers.failures()[r] : failure;
            failed++;
            end(i, Outcome.Verdict.GIVEN_UP, answers.reason(r, "on the clean image"));
          } else if (!finite[r]) {
            end(i, Outcome.Verdict.MISCLASSIFIED, answers.reason(r, "on the clean image"));
          } else if (wrong[r]) {
            end(i, Outcome.Verdict.MISCLASSIFIED, null);
          } else {
            right[rights++] = r;
          }
        }
        if (rights > 0) {
          Tensor index = index(Arrays.copyOf(right, rights));
          Aim aim =
              goal.resolve(answers.scores().index_select(0, index), labels.index_select(0, index));
          resolved(aim, first, count, index);
        }
      }
      if (failure != null && failed == n) {
        throw new IllegalStateException(
            "the model failed on all " + n + " clean images: " + failure.getMessage(), failure);
      }
    }
  }

  /** Notes the aim of some samples of a batch. */
  private void resolved(Aim aim, int first, int count, Tensor index) {
    if (aims == null) {
      aims =
          aim.withColumns(
              aim.columns().stream()
                  .map(column -> Scope.own(torch.zeros_like(samples.labels())))
                  .toList());
    }
    for (int c = 0; c < aim.columns().size(); c++) {
      aims.columns().get(c).narrow(0, first, count).index_copy_(0, index, aim.columns().get(c));
    }
  }

  /** Keeps as many samples in work as a call has rows, and asks until all are done. */
  void work() {
    try {
      search();
    } catch (OracleUnavailableException gone) {
      halt = gone.getMessage();
    }
    for (int i = 0; i < n; i++) {
      if (outcomes[i] == null) {
        end(i, Outcome.Verdict.UNTRIED, halt);
      }
    }
  }

  private boolean halted() {
    if (halt == null && engine.stopped()) {
      halt = "stopped before the attack was done";
    }
    return halt != null;
  }

  private void search() {
    List<Work> active = new ArrayList<>();
    double[][] images = new double[engine.rows()][width];
    Work[] owners = new Work[engine.rows()];
    int next = 0;
    while (!halted()) {
      for (; next < n && active.size() < engine.rows(); next++) {
        if (outcomes[next] == null) {
          active.add(new Work(next, attack.search(subject(next))));
        }
      }
      int filled = 0;
      for (Work work : active) {
        while (filled < images.length && wants(work)) {
          work.search.probe(work.asked++, images[filled]);
          owners[filled++] = work;
          if (work.asked == work.round) {
            break; // the next round waits for the answers
          }
        }
        if (filled == images.length) {
          break;
        }
      }
      active.removeIf(work -> outcomes[work.sample] != null);
      if (filled > 0) {
        ask(images, owners, filled);
      } else if (active.isEmpty() && next == n) {
        return;
      }
      engine.progress().accept(finished);
    }
  }

  /** Whether a sample has an image to ask about; ends it where not. */
  private boolean wants(Work work) {
    if (work.asked < work.round) {
      return true;
    }
    int i = work.sample;
    if (work.trouble != null) {
      finish(work);
      return false;
    }
    long most = engine.budget() - CONFIRMATION - queries[i];
    work.asked = 0;
    work.answered = 0;
    work.before = queries[i];
    work.round = most < 1 ? 0 : work.search.propose(most);
    if (work.round > most || work.round < 0) {
      throw new IllegalStateException(
          attack + " proposed " + work.round + " images where " + most + " were left");
    }
    if (work.round > 0) {
      return true;
    }
    finish(work);
    return false;
  }

  private void ask(double[][] images, Work[] owners, int count) {
    try (Scope scope = Scope.open()) {
      Answers answers = Answers.ask(model, tensor(images, count));
      boolean[] finite = answers.finite();
      int[] who = new int[count];
      for (int r = 0; r < count; r++) {
        who[r] = owners[r].sample;
      }
      double[] margins = answers.margin(aim(who));
      for (int r = 0; r < count; r++) {
        Work work = owners[r];
        int place = work.answered++;
        queries[work.sample] += answers.answered(r) ? 1 : 0;
        if (work.trouble != null) {
          continue; // the round is asked to its end all the same
        }
        if (finite[r]) {
          work.search.absorb(place, images[r], margins[r]);
        } else {
          work.trouble = answers.reason(r, "at query " + (work.before + place + 1));
        }
      }
    }
  }

  /** Takes what the search has found, or why it found nothing. */
  private void finish(Work work) {
    int i = work.sample;
    steps[i] = work.search.steps();
    double[] found = work.search.found();
    if (found != null) {
      try (Scope scope = Scope.open()) {
        adversarial.select(0, i).copy_(tensor(new double[][] {found}, 1).select(0, 0));
      }
      claimed[i] = true;
      end(i, Outcome.Verdict.UNCONFIRMED, null);
      return;
    }
    String reason = work.trouble == null ? work.search.reason() : work.trouble;
    end(i, reason == null ? Outcome.Verdict.WITHSTOOD : Outcome.Verdict.GIVEN_UP, reason);
  }

  /** Asks about every claimed image again as it is stored, and cut to 8 bits. */
  void confirm() {
    int[] who = new int[n];
    int count = 0;
    for (int i = 0; i < n; i++) {
      if (claimed[i]) {
        who[count++] = i;
      }
    }
    int together = Math.max(1, engine.rows() - 1); // in another company than before
    for (int first = 0; first < count; first += together) {
      try {
        confirm(Arrays.copyOfRange(who, first, Math.min(count, first + together)));
      } catch (OracleUnavailableException gone) {
        for (int r = first; r < count; r++) {
          end(who[r], Outcome.Verdict.UNTRIED, "found but not confirmed: " + gone.getMessage());
        }
        return;
      }
    }
  }

  private void confirm(int... who) {
    try (Scope scope = Scope.open()) {
      Tensor rows = index(who);
      Tensor images = adversarial.index_select(0, rows);
      Tensor origin = samples.images().index_select(0, rows);
      Tensor cut = GreyLevels.cut(images, origin, box);
      Aim aim = aim(who);
      Answers stored = Answers.ask(model, images);
      Answers eight = Answers.ask(model, cut);
      boolean[] good = stored.reached(aim);
      boolean[] goodEight = eight.reached(aim);
      Tensor delta = images.to(ScalarType.Double).sub(origin.to(ScalarType.Double));
      double[] distance = Ops.toDoubles(attack.norm().of(delta));
      boolean[] inside = box.contains(images);
      for (int r = 0; r < who.length; r++) {
        int i = who[r];
        queries[i] += (stored.answered(r) ? 1 : 0) + (eight.answered(r) ? 1 : 0);
        good[r] &= inside[r] && distance[r] <= attack.radius();
        outcomes[i] =
            new Outcome(
                ids[i],
                good[r] ? Outcome.Verdict.FOOLED : Outcome.Verdict.UNCONFIRMED,
                steps[i],
                0,
                0,
                0,
                queries[i],
                good[r] ? distance[r] : Double.POSITIVE_INFINITY,
                good[r] && goodEight[r],
                good[r] ? null : "claimed, but not confirmed on the stored image");
      }
    }
  }

  AttackResult result() {
    List<Outcome> all = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      if (outcome == null) {
        throw new IllegalStateException("every sample must have come to an end");
      }
      all.add(outcome);
    }
    return new AttackResult(adversarial, all);
  }

  private void end(int i, Outcome.Verdict verdict, @Nullable String reason) {
    finished++;
    outcomes[i] =
        new Outcome(
            ids[i],
            verdict,
            steps[i],
            0,
            0,
            0,
            queries[i],
            verdict == Outcome.Verdict.MISCLASSIFIED ? 0 : Double.POSITIVE_INFINITY,
            false,
            reason);
  }

  private Subject subject(int i) {
    try (Scope scope = Scope.open()) {
      double[] image = Ops.toDoubles(samples.images().select(0, i));
      return new Subject(ids[i], image, shape, single, box);
    }
  }

  private Aim aim(int... who) {
    if (aims == null) {
      throw new IllegalStateException("aims must be resolved before samples are attacked");
    }
    return aims.rows(index(who));
  }

  /** The first images as a tensor of the samples' type. */
  private Tensor tensor(double[][] images, int count) {
    long[] whole = new long[shape.length + 1];
    whole[0] = count;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    if (!single) {
      double[] flat = new double[count * width];
      for (int r = 0; r < count; r++) {
        System.arraycopy(images[r], 0, flat, r * width, width);
      }
      return Ops.doubles(flat, whole);
    }
    float[] flat = new float[count * width];
    for (int r = 0; r < count; r++) {
      double[] image = images[r];
      for (int i = 0; i < width; i++) {
        flat[r * width + i] = (float) image[i];
      }
    }
    return Ops.floats(flat, whole);
  }

  private static Tensor index(int... rows) {
    return Ops.longs(Arrays.stream(rows).asLongStream().toArray(), rows.length);
  }

  @Override
  public void close() {
    if (aims != null) {
      aims.columns().forEach(Scope::release);
    }
  }
}
