package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.adversarial.attack.NaivePgd.Defect;
import dev.semblance.adversarial.ball.Norm;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract refuses every broken attack there is a name for, and lets the sound one pass. */
class BrokenAttacksTest {
  private record Naive(Defect defect) implements AttackChecks.Subject {
    @Override
    public Attack attack(long seed, double budget) {
      return new NaivePgd(defect, radius(), (int) Math.max(1, 45 * budget), seed);
    }

    @Override
    public Norm norm() {
      return Norm.LINF;
    }

    @Override
    public double radius() {
      return 0.09;
    }

    @Override
    public double slack() {
      return 0.03;
    }
  }

  private static final Map<String, Consumer<AttackChecks.Subject>> CHECKS =
      Map.of(
          "reaches", subject -> AttackChecks.reaches(subject, 8),
          "keepsItsWord", AttackChecks::keepsItsWord,
          "workByRows", AttackChecks::workByRows,
          "followsItsSeed", AttackChecks::followsItsSeed,
          "spendsItsSteps", AttackChecks::spendsItsSteps,
          "booksWhatItSpends", AttackChecks::booksWhatItSpends);

  @Test
  void theSoundOnePasses() {
    CHECKS.values().forEach(check -> check.accept(new Naive(Defect.NONE)));
  }

  @ParameterizedTest
  @CsvSource({
    "NO_OP, reaches",
    "FLIPPED_GRADIENT, reaches",
    "TWICE_THE_RADIUS, reaches",
    "NO_BOX, keepsItsWord",
    "CLIP_AROUND_THE_ITERATE, reaches",
    "RANDOM_START_ONLY, reaches",
    "NORMALISED_OVER_THE_BATCH, workByRows",
    "ALWAYS_SUCCESSFUL, keepsItsWord",
    "IGNORES_ITS_SEED, followsItsSeed",
    "IGNORES_ITS_STEPS, spendsItsSteps"
  })
  void theBrokenAreRefused(Defect defect, String check) {
    assertThatThrownBy(() -> CHECKS.get(check).accept(new Naive(defect)))
        .isInstanceOf(AssertionError.class);
  }
}
