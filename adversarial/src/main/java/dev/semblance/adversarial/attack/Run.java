package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** One run of the engine: what is known of every sample, and the rows in work. */
final class Run implements AutoCloseable {
  private final Engine engine;
  private final RowAttack attack;
  private final Passes passes;
  private final Samples samples;
  private final Goal goal;
  private final Box box;
  private final int n;
  private final long[] ids;
  private final Ledger ledger;
  private final Tensor adversarial;
  private final Tensor cleanLogits;
  private @Nullable Aim aims;

  /** Samples whose first step was taken on the clean image's pass. */
  private final Begun begun;

  /** Samples in work, row by row; their state is owned here between steps. */
  private int[] active = {};

  private List<Tensor> state = List.of();

  /** To be made in a scope that outlives it. */
  Run(
      Engine engine,
      RowAttack attack,
      Passes passes,
      Classifier model,
      Samples samples,
      Goal goal) {
    this.engine = engine;
    this.attack = attack;
    this.passes = passes;
    this.samples = samples;
    this.goal = goal;
    this.box = model.box();
    this.n = samples.size();
    this.ids = samples.ids();
    this.ledger = new Ledger(ids);
    this.begun = new Begun(n);
    this.adversarial = samples.images().detach().clone();
    ScalarType type = samples.images().scalar_type().intern();
    this.cleanLogits = Ops.zeros(type, n, model.classes());
  }

  /** The clean images: who is right at all, and what the goal means for each sample. */
  void clean() {
    Waiting waiting = waiting(i -> true, engine.rows());
    int failed = 0;
    while (!engine.stopped()) {
      int[] who = waiting.take();
      if (who.length == 0) {
        break;
      }
      try (Scope step = Scope.open()) {
        failed += clean(who);
      }
      if (attack.leaps()) {
        engine.progress().accept(ledger.done());
      }
    }
    if (failed == n) {
      throw new IllegalStateException(ledger.reason(0) + "; so it does on all " + n + " images");
    }
    for (int i : waiting.rest()) {
      ledger.end(i, Outcome.Verdict.UNTRIED, "stopped before it was looked at");
    }
  }

  private int clean(int... who) {
    Tensor index = index(who);
    Tensor labels = samples.labels().index_select(0, index);
    Tensor images = samples.images().index_select(0, index);
    Passes.Forward forward =
        attack.fromOrigin()
            ? passes.record(images, ids(who), engine.rows())
            : passes.look(images, ids(who), engine.rows());
    Tensor said = forward.logits().detach();
    boolean[] finite = Ops.toBooleans(torch.isfinite(said).all(1));
    boolean[] wrong = Ops.toBooleans(new Aim(labels, false).reached(said));
    int[] right = new int[who.length];
    int count = 0;
    int failed = 0;
    for (int r = 0; r < who.length; r++) {
      ledger.forwards(who[r], forward.passes());
      String failure = forward.failures().get(r);
      if (failure != null) {
        ledger.end(who[r], Outcome.Verdict.GIVEN_UP, failure);
        failed++;
      } else if (!finite[r]) {
        ledger.end(who[r], Outcome.Verdict.MISCLASSIFIED, "logits of the clean image not finite");
      } else if (wrong[r]) {
        ledger.end(who[r], Outcome.Verdict.MISCLASSIFIED, null);
      } else {
        right[count++] = r;
      }
    }
    if (count > 0) {
      Tensor kept = index(Arrays.copyOf(right, count));
      Tensor logits = said.index_select(0, kept);
      Tensor place = index.index_select(0, kept);
      resolved(goal.resolve(logits, labels.index_select(0, kept)), place);
      cleanLogits.index_copy_(0, place, logits);
      if (attack.fromOrigin()) {
        begin(forward, who, Arrays.copyOf(right, count));
      }
    }
    return failed;
  }

  /** The first step of those rows whose image has not reached its aim as it is. */
  private void begin(Passes.Forward forward, int[] who, int... right) {
    int[] all = IntStream.of(right).map(r -> who[r]).toArray();
    Tensor said = cleanLogits.index_select(0, index(all));
    boolean[] there = Ops.toBooleans(aim(index(all)).reached(said));
    int[] first = IntStream.range(0, all.length).filter(k -> !there[k]).toArray();
    if (first.length == 0) {
      return;
    }
    int[] places = IntStream.of(first).map(k -> right[k]).toArray();
    int[] begin = IntStream.of(first).map(k -> all[k]).toArray();
    Evaluation at = new Evaluation(forward, index(places), new boolean[first.length]);
    Moved moved = moved(begin, attack.start(rows(begin)), at);
    if (attack.leaps() && moved.who().length > 0) {
      moved = looked(moved);
    }
    if (moved.who().length == 0) {
      return;
    }
    begun.keep(index(moved.who()), moved.who(), moved.state());
  }

  /** Who is not done with the first step. */
  private Moved looked(Moved all) {
    Tensor points = all.state().getFirst();
    Passes.Forward forward = passes.look(points, ids(all.who()), engine.rows());
    int[] rows = staying(forward, all.who(), reached(forward, all.who()), points);
    int[] who = IntStream.of(rows).map(r -> all.who()[r]).toArray();
    return new Moved(who, rows.length == 0 ? List.of() : selected(all.state(), index(rows)));
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

  void work() {
    Waiting waiting = waiting(i -> !ledger.ended(i), engine.rows());
    while (!engine.stopped()) {
      int[] fresh = waiting.take(active);
      if (active.length + fresh.length == 0) {
        return;
      }
      step(fresh);
      engine.progress().accept(ledger.done());
    }
    ledger.stop(waiting.rest(), active);
  }

  /** Lets samples in, tries all rows, lets out who is done, moves the others on. */
  private void step(int... fresh) {
    try (Scope scope = Scope.open()) {
      int[] on = begun.among(true, fresh);
      int[] anew = begun.among(false, fresh);
      List<Tensor> now = state;
      if (on.length > 0) {
        now = joined(now, begun.of(index(on)));
      }
      if (anew.length > 0) {
        now = joined(now, attack.start(rows(anew)));
      }
      int[] who = concatenated(concatenated(active, on), anew);
      Passes.Forward forward = passes.record(now.getFirst(), ids(who), engine.rows());
      boolean[] reached = reached(forward, who);
      advance(forward, who, staying(forward, who, reached, now.getFirst()), reached, now);
    }
  }

  private boolean[] reached(Passes.Forward forward, int... who) {
    return Ops.toBooleans(aim(index(who)).reached(forward.logits().detach()));
  }

  /** Books what was tried; the rows that are not done. */
  private int[] staying(Passes.Forward forward, int[] who, boolean[] reached, Tensor points) {
    boolean[] finite = Ops.toBooleans(torch.isfinite(forward.logits().detach()).all(1));
    boolean[] success = successes(who, reached, points.detach());
    int[] staying = new int[who.length];
    int count = 0;
    for (int r = 0; r < who.length; r++) {
      int i = who[r];
      ledger.forwards(i, forward.passes());
      String failure = forward.failures().get(r);
      if (failure != null) {
        ledger.giveUp(i, failure);
      } else if (!finite[r]) {
        ledger.giveUp(i, "logits not finite at step " + ledger.steps(i));
      } else if ((success[r] && !attack.nearest()) || ledger.steps(i) == attack.steps()) {
        ledger.end(i);
      } else {
        staying[count++] = r;
      }
    }
    return Arrays.copyOf(staying, count);
  }

  /** Which rows are inside ball and box where the goal is reached; the nearest so far are kept. */
  private boolean[] successes(int[] who, boolean[] reached, Tensor points) {
    boolean[] success = new boolean[who.length];
    int[] rows = IntStream.range(0, who.length).filter(r -> reached[r]).toArray();
    if (rows.length == 0) {
      return success;
    }
    int[] samplesReached = IntStream.of(rows).map(r -> who[r]).toArray();
    Tensor found = points.index_select(0, index(rows));
    double[] distances = distances(found, samplesReached);
    boolean[] inside = box.contains(found);
    for (int k = 0; k < rows.length; k++) {
      if (inside[k] && distances[k] <= attack.radius()) {
        success[rows[k]] = true;
        if (ledger.claim(samplesReached[k], distances[k])) {
          adversarial.select(0, samplesReached[k]).copy_(found.select(0, k));
        }
      }
    }
    return success;
  }

  private double[] distances(Tensor images, int... who) {
    Tensor origin = samples.images().index_select(0, index(who)).to(ScalarType.Double);
    return Ops.toDoubles(attack.norm().of(images.to(ScalarType.Double).sub(origin)));
  }

  private void advance(
      Passes.Forward forward, int[] who, int[] staying, boolean[] reached, List<Tensor> now) {
    Moved moved = new Moved(new int[0], List.of());
    if (staying.length > 0) {
      Tensor index = index(staying);
      int[] there = IntStream.of(staying).map(r -> who[r]).toArray();
      boolean[] arrived = new boolean[staying.length];
      for (int s = 0; s < staying.length; s++) {
        arrived[s] = reached[staying[s]];
      }
      moved = moved(there, selected(now, index), new Evaluation(forward, index, arrived));
    }
    List<Tensor> past = state;
    state = moved.state().stream().map(t -> Scope.own(t.detach())).toList();
    active = moved.who();
    past.forEach(Scope::release);
  }

  /** Samples that go on after a step, and where they are. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Moved(int[] who, List<Tensor> state) {}

  /** One step of some samples, booked. */
  private Moved moved(int[] there, List<Tensor> before, Evaluation at) {
    Rows rows = rows(there);
    List<Tensor> after = attack.advance(rows, before, at);
    boolean[] finished = attack.finished(rows, after);
    int[] left = new int[there.length];
    int[] going = new int[there.length];
    int count = 0;
    for (int s = 0; s < there.length; s++) {
      int i = there[s];
      ledger.backwards(i, at.backwards(s), at.zero(s));
      if (at.broken(s)) {
        ledger.giveUp(i, "gradient not finite at step " + ledger.steps(i));
      } else {
        ledger.stepped(i);
        if (finished[s]) {
          ledger.end(i);
        } else {
          left[count] = i;
          going[count++] = s;
        }
      }
    }
    if (count == 0) {
      return new Moved(new int[0], List.of());
    }
    return new Moved(
        Arrays.copyOf(left, count),
        count == there.length ? after : selected(after, index(Arrays.copyOf(going, count))));
  }

  /** Tries every image kept again, in a batch of another shape, as it is stored. */
  void confirm() {
    int together = Math.max(1, engine.rows() - 1);
    Waiting claims = waiting(ledger::claimed, together);
    for (int[] who = claims.take(); who.length > 0; who = claims.take()) {
      try (Scope scope = Scope.open()) {
        confirm(together, who);
      }
    }
  }

  private void confirm(int together, int... who) {
    Rows rows = rows(who);
    Tensor images = adversarial.index_select(0, index(who));
    Passes.Forward stored = passes.look(images, ids(who), together);
    boolean[] reached = Ops.toBooleans(rows.aim().reached(stored.logits()));
    double[] distances = distances(images, who);
    boolean[] inside = box.contains(images);
    Tensor cut = GreyLevels.cut(images, rows.origin(), box);
    Passes.Forward whole = passes.look(cut, ids(who), together);
    boolean[] eight = Ops.toBooleans(rows.aim().reached(whole.logits()));
    for (int r = 0; r < who.length; r++) {
      ledger.forwards(who[r], stored.passes() + whole.passes());
      boolean good = reached[r] && inside[r] && distances[r] <= attack.radius();
      ledger.confirm(who[r], good, distances[r], eight[r], stored.failures().get(r));
    }
  }

  AttackResult result() {
    return new AttackResult(adversarial, ledger.outcomes());
  }

  private Waiting waiting(IntPredicate who, int slots) {
    return new Waiting(IntStream.range(0, n).filter(who).toArray(), ids, slots, engine.strict());
  }

  private Rows rows(int... who) {
    Tensor index = index(who);
    return new Rows(
        samples.images().index_select(0, index),
        cleanLogits.index_select(0, index),
        aim(index),
        ids(who),
        IntStream.of(who).map(ledger::steps).toArray(),
        box);
  }

  private Aim aim(Tensor index) {
    if (aims == null) {
      throw new IllegalStateException("aims must be resolved before rows are attacked");
    }
    return aims.rows(index);
  }

  private long[] ids(int... who) {
    return IntStream.of(who).mapToLong(i -> ids[i]).toArray();
  }

  private static List<Tensor> selected(List<Tensor> tensors, Tensor index) {
    return tensors.stream().map(t -> t.detach().index_select(0, index)).toList();
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
    begun.close();
    if (aims != null) {
      aims.columns().forEach(Scope::release);
    }
  }
}
