package dev.semblance.adversarial.attack;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every attack's test extends; {@link BrokenAttacksTest} shows that it refuses the broken. */
abstract class AttackContract implements AttackChecks.Subject {
  @ParameterizedTest
  @ValueSource(ints = {1, 8, 64})
  void whatIsWithinReachIsBrokenAndNothingElse(int batch) {
    AttackChecks.reaches(this, batch);
  }

  @Test
  void whatIsCalledFooledIsFooledInsideBallAndBox() {
    AttackChecks.keepsItsWord(this);
  }

  @Test
  void companyAndOrderAreOfNoAccount() {
    AttackChecks.workByRows(this);
  }

  @Test
  void theSeedIsFollowed() {
    AttackChecks.followsItsSeed(this);
  }

  @Test
  void stepsAreSpent() {
    if (stepsMatter()) {
      AttackChecks.spendsItsSteps(this);
    }
  }

  @Test
  void theLedgerIsTheModelsCount() {
    AttackChecks.booksWhatItSpends(this);
  }
}
