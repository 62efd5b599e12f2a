package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.adversarial.attack.NaivePgd.Defect;
import dev.semblance.adversarial.ball.Norm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
      return new NaivePgd(defect, radius(), (int) Math.max(1, 100 * budget), seed);
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

  private static List<String> failures(Defect defect) {
    Naive subject = new Naive(defect);
    Map<String, Consumer<AttackChecks.Subject>> checks = new LinkedHashMap<>();
    checks.put("reaches", one -> AttackChecks.reaches(one, 8));
    checks.put("keepsItsWord", AttackChecks::keepsItsWord);
    checks.put("workByRows", AttackChecks::workByRows);
    checks.put("followsItsSeed", AttackChecks::followsItsSeed);
    checks.put("spendsItsSteps", AttackChecks::spendsItsSteps);
    checks.put("booksWhatItSpends", AttackChecks::booksWhatItSpends);
    List<String> failed = new ArrayList<>();
    checks.forEach(
        (name, check) -> {
          try {
            check.accept(subject);
          } catch (AssertionError refused) {
            failed.add(name);
          }
        });
    return failed;
  }

  @Test
  void theSoundOnePasses() {
    assertThat(failures(Defect.NONE)).isEmpty();
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
    assertThat(failures(defect)).contains(check);
  }
}
