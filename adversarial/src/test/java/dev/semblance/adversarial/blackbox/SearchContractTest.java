package dev.semblance.adversarial.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.OracleUnavailableException;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Confident;
import dev.semblance.adversarial.goal.LeastLikely;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.goal.Not;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contract refuses broken attacks; the engine refuses bad input; the types hold. */
class SearchContractTest {
  private static final Ball BALL = Ball.of(Norm.LINF, 0.1);

  /** A search that asks {@code count} images and finds what {@code found} says. */
  private record Broken(int count, double step, Function<double[], double @Nullable []> claim)
      implements ScoreSearch {
    @Override
    public Norm norm() {
      return Norm.LINF;
    }

    @Override
    public double radius() {
      return 0.1;
    }

    @Override
    public Search search(Subject subject) {
      return new Search() {
        private int asked;

        @Override
        public int propose(long most) {
          return asked < count ? 1 : 0;
        }

        @Override
        public void probe(int j, double[] into) {
          asked++;
          for (int i = 0; i < into.length; i++) {
            into[i] = subject.stored(subject.image()[i] + step);
          }
        }

        @Override
        public void absorb(int j, double[] image, double margin) {}

        @Override
        public double @Nullable [] found() {
          return claim.apply(subject.image());
        }

        @Override
        public int steps() {
          return asked;
        }

        @Override
        public @Nullable String reason() {
          return null;
        }
      };
    }
  }

  private static void refused(SearchAttack attack) {
    assertThatThrownBy(() -> SearchContract.foolsAndStaysInside(attack, 1))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void theContractRefusesBrokenAttacks() {
    Broken idle = new Broken(0, 0, image -> null);
    refused(idle);
    refused(new Broken(50, 0, image -> image)); // claims the clean image
    refused(new Broken(50, 0.1, image -> null)); // never looks at the answers
    refused(new Broken(50, 0.1, image -> new double[image.length])); // leaves the ball
    assertThat(SearchContract.signature(idle)).isEqualTo(SearchContract.signature(idle));
    assertThatThrownBy(() -> SearchContract.keepsAndUsesBudgets(idle, 2))
        .isInstanceOf(AssertionError.class);
  }

  /** What is outside the ball, or does not fool when asked again, is not a success. */
  @Test
  void claimsAreConfirmed() {
    Plane model = Plane.random(3, 64, 11, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Float, Plane.points(9, 64, 0.2, 0.6, 9), 1, 8, 8);
      List<Function<double[], double @Nullable []>> claims =
          List.of(image -> image, image -> new double[image.length]);
      for (Function<double[], double @Nullable []> claim : claims) {
        AttackResult result =
            new Broken(1, 0, claim).perturb(model.scores(), samples, new Misclassify());
        assertThat(result.count(Outcome.Verdict.UNCONFIRMED)).isEqualTo(9);
        assertThat(result.fooled()).isZero();
        assertThat(result.outcomes()).allMatch(outcome -> outcome.queries() == 4);
      }
    }
  }

  /** Only the adapter knows the model; no attack compiles against gradients. */
  @Test
  void noBlackBoxAttackSeesTheModel() {
    // Without the binding's classes: reading those takes longer than all tests here.
    JavaClasses classes =
        ArchConfiguration.withThreadLocalScope(
            configuration -> {
              configuration.setResolveMissingDependenciesFromClassPath(false);
              return new ClassFileImporter()
                  .importPackages(
                      "dev.semblance.adversarial.blackbox", "dev.semblance.adversarial.access");
            });
    DescribedPredicate<JavaClass> model =
        DescribedPredicate.describe("the model", type -> type.isAssignableTo(Classifier.class));
    ArchRuleDefinition.noClasses()
        .that()
        .resideInAPackage("..blackbox")
        .and()
        .doNotHaveFullyQualifiedName(OracleAttack.class.getName())
        .and()
        .haveNameNotMatching(".*Test(\\$.*)?")
        .should()
        .dependOnClassesThat(model)
        .check(classes);
    assertThat(classes.contain(Square.class)).isTrue();
    // The rule can fail: the adapter breaks it.
    assertThatThrownBy(
            () ->
                ArchRuleDefinition.noClasses()
                    .that()
                    .haveFullyQualifiedName(OracleAttack.class.getName())
                    .should()
                    .dependOnClassesThat(model)
                    .check(classes))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void badInputIsNamed() {
    Plane model = Plane.random(3, 64, 11, Box.UNIT);
    assertThatThrownBy(() -> QueryEngine.of().withRows(0))
        .hasMessageContaining("rows must be >= 1");
    assertThatThrownBy(() -> QueryEngine.of().withBudget(3))
        .hasMessageContaining("budget must be >= 4");
    try (Scope scope = Scope.open()) {
      Samples good = model.samples(ScalarType.Float, Plane.points(3, 64, 0.2, 0.6, 9), 1, 8, 8);
      Square attack = Square.of(BALL, 5, 1);
      Samples outside = Samples.of(good.images().mul(Ops.scalar(255)), good.labels());
      assertThatThrownBy(() -> attack.perturb(model.scores(), outside, new Misclassify()))
          .hasMessageContaining("images must be in 0.0..1.0");
      Samples strange = Samples.of(good.images(), good.labels().add(Ops.longs(new long[] {7}, 1)));
      assertThatThrownBy(() -> attack.perturb(model.scores(), strange, new Misclassify()))
          .hasMessageContaining("labels must be in 0..2");
      model.broken = image -> true;
      assertThatThrownBy(() -> attack.perturb(model.scores(), good, new Misclassify()))
          .hasMessage("the model failed on all 3 clean images: this image breaks the model");
      model.broken = image -> false;
      LabelSearch labels =
          new LabelSearch() {
            @Override
            public Norm norm() {
              return attack.norm();
            }

            @Override
            public double radius() {
              return attack.radius();
            }

            @Override
            public Search search(Subject subject) {
              return attack.search(subject);
            }
          };
      assertThatThrownBy(() -> labels.perturb(model.labels(), good, new LeastLikely()))
          .hasMessageContaining("name the target class instead");
      assertThatThrownBy(
              () ->
                  labels.perturb(
                      model.labels(), good, new Not(new Confident(new Misclassify(), 0.9))))
          .hasMessageContaining("goal must be one that labels can tell");
    }
  }

  /** Stopped, or the model gone: what is done stays, the rest is untried, and nothing is lost. */
  @Test
  void aRunThatEndsEarlyKeepsWhatItHas() {
    Plane model = Plane.random(3, 64, 11, Box.UNIT);
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Float, Plane.points(40, 64, 0.2, 0.6, 9), 1, 8, 8);
      Square attack = Square.of(BALL, 100, 1);
      int[] done = {0};
      QueryEngine engine = QueryEngine.of().withRows(8).withProgress(now -> done[0] = now);
      AttackResult stopped =
          attack.perturb(
              model.scores(), samples, new Misclassify(), engine.withStop(() -> done[0] > 10));
      assertThat(stopped.tried()).isBetween(11L, 25L);
      assertThat(stopped.fooled()).isPositive();
      assertThat(stopped.total(Outcome::queries)).isEqualTo(model.rows);
      ScoreOracle whole = model.scores();
      ScoreOracle dying =
          ScoreOracle.of(
              images -> {
                if (whole.queries() > 300) {
                  throw new OracleUnavailableException("the endpoint is gone");
                }
                return whole.scores(images);
              },
              3,
              Box.UNIT);
      AttackResult gone = attack.perturb(dying, samples, new Misclassify(), engine);
      assertThat(gone.outcomes())
          .filteredOn(outcome -> outcome.verdict() == Outcome.Verdict.UNTRIED)
          .hasSizeGreaterThan(10)
          .allMatch(outcome -> String.valueOf(outcome.reason()).contains("the endpoint is gone"));
      assertThat(gone.total(Outcome::queries)).isEqualTo(dying.queries()).isGreaterThan(300);
    }
  }

  /** As a stage of an ensemble: the same result, its queries booked as forward rows. */
  @Test
  void theAdapterIsTheAttack() {
    Plane model = Plane.random(3, 64, 11, Box.UNIT);
    Classifier classifier =
        new Classifier() {
          @Override
          public Tensor logits(Tensor images) {
            return model.scores().scores(images);
          }

          @Override
          public int classes() {
            return 3;
          }

          @Override
          public Box box() {
            return Box.UNIT;
          }
        };
    try (Scope scope = Scope.open()) {
      Samples samples = model.samples(ScalarType.Float, Plane.points(9, 64, 0.2, 0.6, 9), 1, 8, 8);
      Square attack = Square.of(BALL, 100, 1);
      AttackResult direct = attack.perturb(model.scores(), samples, new Misclassify());
      AttackResult adapted =
          OracleAttack.of(attack).perturb(classifier, samples, new Misclassify());
      assertThat(Ops.toDoubles(adapted.adversarial()))
          .isEqualTo(Ops.toDoubles(direct.adversarial()));
      assertThat(adapted.total(Outcome::forwards))
          .isEqualTo(adapted.total(Outcome::queries))
          .isEqualTo(direct.total(Outcome::queries))
          .isGreaterThan(9);
    }
  }
}
