package dev.semblance.adversarial.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.verdict.Finding.Grade;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each fixture is a model with one known defect, beside the same model without; the truth is known
 * in closed form, because all of them decide as a linear model does.
 */
class AuditTest {
  /** Half the contrast of 0.4 on average: a perturbation of 0.2 on each pixel undoes it. */
  private static final double FOOLS = 0.3;

  private static final double HOLDS = 0.05;
  private static final int N = 60;

  private static Pgd pgd(double radius) {
    return Pgd.of(new Ball(Norm.LINF, radius), 20, 1);
  }

  /** Gradients, other steps, and something that needs no gradient: noise is enough here. */
  private static Ensemble ensemble(double radius, Attack blackBox) {
    return new Ensemble(
        List.of(
            new Ensemble.Stage("pgd", Pgd.of(new Ball(Norm.LINF, radius), 30, 5), false),
            new Ensemble.Stage("search", blackBox, true)));
  }

  private static Verdict judge(Classifier model, Claim.Kind kind, Pgd claimed) {
    return judge(model, kind, claimed, pgd(claimed.ball().radius()));
  }

  private static Verdict judge(Classifier model, Claim.Kind kind, Pgd claimed, Attack blackBox) {
    double radius = claimed.ball().radius();
    try (Scope scope = Scope.open()) {
      Claim claim =
          new Claim("claimed", claimed, claimed.ball(), kind, Pgd.of(claimed.ball(), 100, 3));
      return new Audit(ensemble(radius, blackBox), 40, true, OptionalDouble.empty(), 7)
          .judge(model, Toy.samples(N, 0.4, 2), claim, Engine.of(), stage -> {});
    }
  }

  private static Finding check(Verdict verdict, int number) {
    return verdict.findings().stream().filter(f -> f.check() == number).findFirst().orElseThrow();
  }

  @Test
  void anUndefendedModelThatFallsIsSound() {
    Verdict verdict = judge(Toy.linear(10), Claim.Kind.ITERATIVE, pgd(FOOLS));
    assertThat(verdict.reasons()).isEmpty();
    assertThat(verdict.sound()).isTrue();
    assertThat(verdict.correct()).isEqualTo(N);
    assertThat(verdict.claimed()).isZero();
    assertThat(verdict.standing()).isZero();
    assertThat(verdict.findings()).extracting(Finding::check).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void aModelThatIsRobustInTruthIsSound() {
    Verdict verdict = judge(Toy.linear(10), Claim.Kind.ITERATIVE, pgd(HOLDS));
    assertThat(verdict.reasons()).isEmpty();
    assertThat(verdict.claimed()).isEqualTo(N);
    assertThat(verdict.standing()).isEqualTo(N);
    assertThat(verdict.standingInterval().contains(1)).isTrue();
    assertThat(verdict.standingInterval().low()).isCloseTo(0.9404, within(1e-4));
  }

  @Test
  void aSingleStepIsNoProofOfRobustness() {
    Verdict stands =
        judge(Toy.linear(10), Claim.Kind.SINGLE_STEP, Pgd.fast(new Ball(Norm.LINF, HOLDS)));
    assertThat(stands.sound()).isFalse();
    assertThat(stands.reasons()).hasSize(1).first().asString().contains("single step");
    Verdict falls =
        judge(Toy.linear(10), Claim.Kind.SINGLE_STEP, Pgd.fast(new Ball(Norm.LINF, FOOLS)));
    assertThat(falls.sound()).isTrue();
  }

  @Test
  void probabilitiesAreRefused() {
    Toy linear = Toy.linear(10);
    Classifier softmax = changed(linear, logits -> logits.softmax(1));
    Verdict verdict = judge(softmax, Claim.Kind.ITERATIVE, pgd(FOOLS));
    assertThat(check(verdict, 1).grade()).isEqualTo(Grade.REFUSED);
    assertThat(verdict.sound()).isFalse();
    assertThat(verdict.reasons()).first().asString().contains("softmax");
  }

  @Test
  void aRandomModelIsSuspect() {
    Rng rng = Rng.of(3, Rng.Purpose.OTHER, 0, 0);
    Classifier noisy =
        changed(Toy.linear(10), logits -> logits.add(Ops.scalar(rng.uniform(-0.5, 0.5))));
    assertThat(check(judge(noisy, Claim.Kind.ITERATIVE, pgd(FOOLS)), 2).grade())
        .isEqualTo(Grade.SUSPECT);
  }

  @Test
  void aModelThatAltersItselfIsRefused() {
    try (Scope scope = Scope.open()) {
      Tensor mean = Ops.zeros(org.bytedeco.pytorch.global.torch.ScalarType.Float, 1);
      Toy adapting =
          new Toy(
              flat -> {
                mean.add_(Ops.scalar(1e-6));
                return Toy.contrast(flat, 10);
              },
              Map.of("running_mean", mean));
      assertThat(check(judge(adapting, Claim.Kind.ITERATIVE, pgd(FOOLS)), 3).grade())
          .isEqualTo(Grade.REFUSED);
      Toy still = new Toy(flat -> Toy.contrast(flat, 10), Map.of("running_mean", mean));
      assertThat(check(judge(still, Claim.Kind.ITERATIVE, pgd(FOOLS)), 3).grade())
          .isEqualTo(Grade.PASSED);
    }
  }

  @Test
  void quantisedInputsHaveNoGradient() {
    // Decides as the linear model does, to a tenth of the contrast; its gradient is zero.
    Toy stepped =
        new Toy(
            flat ->
                Toy.contrast(flat, 10)
                    .add(Ops.scalar(0.01))
                    .round()
                    .add(flat.sum(new long[] {1}, false, Ops.sameType()).mul(Ops.scalar(0))));
    Verdict verdict = judge(stepped, Claim.Kind.ITERATIVE, pgd(FOOLS));
    assertThat(check(verdict, 4).grade()).isEqualTo(Grade.SUSPECT);
    assertThat(check(verdict, 4).value()).isEqualTo(1);
    assertThat(check(verdict, 7).grade()).isEqualTo(Grade.SUSPECT);
    assertThat(check(verdict, 8).grade()).isEqualTo(Grade.SUSPECT);
    assertThat(verdict.sound()).isFalse();
  }

  @Test
  void saturatedLogitsAreFoundByTheirScale() {
    Verdict steep = judge(Toy.linear(1000), Claim.Kind.ITERATIVE, pgd(FOOLS));
    assertThat(check(steep, 5).grade()).isEqualTo(Grade.SUSPECT);
    assertThat(check(steep, 4).grade()).isEqualTo(Grade.SUSPECT);
    Verdict flat = judge(Toy.linear(10), Claim.Kind.ITERATIVE, pgd(FOOLS));
    assertThat(check(flat, 5).grade()).isEqualTo(Grade.PASSED);
  }

  @Test
  void aGradientOfAnotherFunctionIsNoDerivativeAndSearchWins() {
    // The value is the linear model's, the gradient its negative.
    Toy shattered =
        new Toy(
            flat -> {
              Tensor truth = Toy.contrast(flat, 10);
              return truth.detach().mul(Ops.scalar(2)).sub(truth);
            });
    Pgd walksAway = pgd(FOOLS);
    Attack search = new TowardsGrey(new Ball(Norm.LINF, FOOLS));
    Verdict verdict = judge(shattered, Claim.Kind.ITERATIVE, walksAway, search);
    assertThat(check(verdict, 6).grade()).isEqualTo(Grade.SUSPECT);
    assertThat(check(verdict, 11).grade()).isEqualTo(Grade.SUSPECT);
    assertThat(check(verdict, 13).grade()).isEqualTo(Grade.SUSPECT);
    assertThat(verdict.claimed()).isEqualTo(N);
    assertThat(verdict.standing()).isZero();
    assertThat(check(judge(Toy.linear(10), Claim.Kind.ITERATIVE, walksAway), 6).grade())
        .isEqualTo(Grade.PASSED);
  }

  @Test
  void tooFewStepsAreFoundByMore() {
    // A twentieth of the way: the attack stops before it gets anywhere.
    Pgd slow = new Pgd(new Ball(Norm.LINF, FOOLS), FOOLS / 200, 10, false, 1);
    Verdict verdict = judge(Toy.linear(10), Claim.Kind.ITERATIVE, slow);
    assertThat(check(verdict, 12).grade()).isEqualTo(Grade.SUSPECT);
    assertThat(check(verdict, 9).grade()).isEqualTo(Grade.SUSPECT);
    assertThat(check(verdict, 13).value()).isEqualTo(1);
    assertThat(verdict.standing()).isZero();
  }

  @Test
  void aModelTrainedAgainstSingleStepsIsFoundOut() {
    // A valley of wrong answers beside the data, which one step of the whole radius leaps over.
    Toy masked = masked();
    Ball ball = new Ball(Norm.LINF, FOOLS);
    Verdict claim = judge(masked, Claim.Kind.SINGLE_STEP, Pgd.fast(ball));
    assertThat(claim.singleStep()).isEqualTo(N);
    assertThat(check(claim, 10).grade()).isEqualTo(Grade.SUSPECT);
    Verdict iterated = judge(masked, Claim.Kind.ITERATIVE, Pgd.of(ball, 40, 1));
    assertThat(iterated.claimed()).isZero();
    assertThat(check(iterated, 10).grade()).isEqualTo(Grade.SUSPECT);
    try (Scope scope = Scope.open()) {
      Verdict plain =
          new Audit(ensemble(FOOLS, pgd(FOOLS)), 40, false, OptionalDouble.empty(), 7)
              .judge(
                  masked,
                  Toy.samples(N, 0.4, 2),
                  new Claim("pgd", Pgd.of(ball, 40, 1), ball, Claim.Kind.ITERATIVE, null),
                  Engine.of(),
                  stage -> {});
      assertThat(check(plain, 10).grade()).isEqualTo(Grade.NOTED);
      assertThat(check(plain, 12).grade()).isEqualTo(Grade.SKIPPED);
    }
  }

  /** {@code c (|c| - 0.3)}: the data are at +-0.4, one step of the whole radius ends at -+0.2. */
  private static Toy masked() {
    return new Toy(
        flat -> {
          Tensor c = Toy.contrast(flat, 1);
          return c.mul(c.abs().sub(Ops.scalar(0.3))).mul(Ops.scalar(50));
        });
  }

  /** The gradient leads away from the boundary: no radius is large enough. */
  @Test
  void anAccuracyThatStaysAtAllRadiiIsAPlateau() {
    Toy shattered =
        new Toy(
            flat -> {
              Tensor truth = Toy.contrast(flat, 10);
              return truth.detach().mul(Ops.scalar(2)).sub(truth);
            });
    try (Scope scope = Scope.open()) {
      Ball ball = new Ball(Norm.LINF, HOLDS);
      Claim claim = new Claim("pgd", pgd(HOLDS), ball, Claim.Kind.ITERATIVE, null);
      Verdict verdict =
          new Audit(ensemble(HOLDS, pgd(HOLDS)), 40, true, OptionalDouble.empty(), 7)
              .judge(shattered, Toy.samples(N, 0.8, 2), claim, Engine.of(), stage -> {});
      Finding plateau = check(verdict, 14);
      assertThat(plateau.grade()).isEqualTo(Grade.SUSPECT);
      assertThat(plateau.value()).isGreaterThan(0.9);
      assertThat(plateau.text()).contains("of 40 samples 40, 40, 40, ").contains(" stand radii");
    }
    Finding falls = check(judge(Toy.linear(10), Claim.Kind.ITERATIVE, pgd(HOLDS)), 14);
    assertThat(falls.grade()).isEqualTo(Grade.PASSED);
    assertThat(falls.text()).contains("of 40 samples 40, 40,").contains(" 0 stand radii");
  }

  /** Ctrl-C in the middle: what was found is told, what was begun is not. */
  @Test
  void aStopKeepsTheChecksThatAreDone() {
    try (Scope scope = Scope.open()) {
      Ball ball = new Ball(Norm.LINF, HOLDS);
      Claim claim = new Claim("pgd", pgd(HOLDS), ball, Claim.Kind.ITERATIVE, null);
      Audit audit = new Audit(ensemble(HOLDS, pgd(HOLDS)), 40, true, OptionalDouble.empty(), 7);
      for (String last : List.of("pgd", "iterated steps", "another norm, and ever larger radii")) {
        boolean[] stop = {false};
        Verdict part =
            audit.judge(
                Toy.linear(10),
                Toy.samples(N, 0.4, 2),
                claim,
                Engine.of().withStop(() -> stop[0]),
                stage -> stop[0] |= stage.equals(last));
        Verdict whole =
            audit.judge(Toy.linear(10), Toy.samples(N, 0.4, 2), claim, Engine.of(), stage -> {});
        assertThat(whole.extent()).isEqualTo(Verdict.Extent.WHOLE);
        assertThat(part.extent())
            .isEqualTo(last.equals("pgd") ? Verdict.Extent.BEGUN : Verdict.Extent.CLAIM_MEASURED);
        assertThat(part.sound()).isFalse();
        assertThat(part.damned()).isFalse();
        assertThat(part.reasons()).containsExactly("stopped before all checks were made");
        assertThat(part.findings()).isNotEmpty().hasSizeLessThan(15);
        assertThat(whole.findings()).containsAll(part.findings());
        if (!last.equals("pgd")) {
          assertThat(part.claimed()).isEqualTo(whole.claimed());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5})
  void whatIsProvedCannotBeAttacked(double certified) {
    try (Scope scope = Scope.open()) {
      Ball ball = new Ball(Norm.LINF, FOOLS);
      Verdict verdict =
          new Audit(ensemble(FOOLS, pgd(FOOLS)), 40, true, OptionalDouble.of(certified), 7)
              .judge(
                  Toy.linear(10),
                  Toy.samples(N, 0.4, 2),
                  new Claim("pgd", pgd(FOOLS), ball, Claim.Kind.ITERATIVE, null),
                  Engine.of(),
                  stage -> {});
      assertThat(check(verdict, 15).grade())
          .isEqualTo(certified > 0 ? Grade.REFUSED : Grade.PASSED);
    }
  }

  @Test
  void anEnsembleIsJudgedByItsOwnBlackBox() {
    Ball ball = new Ball(Norm.LINF, FOOLS);
    Toy shattered =
        new Toy(
            flat -> {
              Tensor truth = Toy.contrast(flat, 10);
              return truth.detach().mul(Ops.scalar(2)).sub(truth);
            });
    try (Scope scope = Scope.open()) {
      Ensemble own = ensemble(FOOLS, new TowardsGrey(ball));
      Verdict verdict =
          Audit.of(own, 1)
              .judge(
                  shattered,
                  Toy.samples(N, 0.4, 2),
                  new Claim("standard", own, ball, Claim.Kind.ENSEMBLE, null),
                  Engine.of(),
                  stage -> {});
      assertThat(verdict.claimed()).isZero();
      assertThat(check(verdict, 11).value()).isEqualTo(1);
      assertThat(check(verdict, 13).grade()).isEqualTo(Grade.SKIPPED);
    }
  }

  @Test
  void optionsAreChecked() {
    Ensemble ensemble = ensemble(FOOLS, pgd(FOOLS));
    assertThatThrownBy(() -> new Audit(ensemble, 0, true, OptionalDouble.empty(), 0))
        .hasMessage("probes must be >= 1, got 0");
    assertThatThrownBy(() -> new Audit(ensemble, 1, true, OptionalDouble.of(1.5), 0))
        .hasMessageContaining("certified");
    assertThatThrownBy(() -> new Ensemble(List.of())).hasMessageContaining("stages");
  }

  private static Classifier changed(Classifier model, UnaryOperator<Tensor> change) {
    return new Classifier() {
      @Override
      public Tensor logits(Tensor images) {
        try (Scope scope = Scope.open()) {
          return scope.keep(change.apply(model.logits(images)));
        }
      }

      @Override
      public int classes() {
        return model.classes();
      }

      @Override
      public dev.semblance.adversarial.ball.Box box() {
        return model.box();
      }
    };
  }

  /** What a search would find: each pixel as far towards the other class as the ball allows. */
  private record TowardsGrey(Ball ball) implements dev.semblance.adversarial.attack.RowAttack {
    @Override
    public Norm norm() {
      return ball.norm();
    }

    @Override
    public double radius() {
      return ball.radius();
    }

    @Override
    public int steps() {
      return 1;
    }

    @Override
    public List<Tensor> start(dev.semblance.adversarial.attack.Rows rows) {
      try (Scope scope = Scope.open()) {
        Tensor x = rows.origin();
        Tensor half = torch.ones_like(x);
        half.narrow(3, Toy.WIDTH / 2, Toy.WIDTH / 2).neg_();
        Tensor away =
            rows.aim().classes().to(x.scalar_type()).mul(Ops.scalar(2)).sub(Ops.scalar(1));
        Tensor moved = x.add(half.mul(away.view(-1, 1, 1, 1)).mul(Ops.scalar(ball.radius())));
        return List.of(scope.keep(ball.project(moved, x, rows.box())));
      }
    }

    @Override
    public List<Tensor> advance(
        dev.semblance.adversarial.attack.Rows rows,
        List<Tensor> state,
        dev.semblance.adversarial.attack.Evaluation at) {
      return List.of(state.getFirst().clone());
    }
  }
}
