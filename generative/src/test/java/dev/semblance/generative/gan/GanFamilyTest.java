package dev.semblance.generative.gan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.semblance.core.tensor.Scope;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class GanFamilyTest {
  private static final GanFamily BASE =
      Games.with(GanFamily.gan(), "width", 4, "latent", 3, "depth", 1);

  /** Another value of each component, and what must be set for it to matter. */
  private static Map<String, Object[]> others() {
    Map<String, Object[]> others = new LinkedHashMap<>();
    others.put("players", new Object[] {Players.DCGAN});
    others.put("width", new Object[] {5});
    others.put("depth", new Object[] {2});
    others.put("latent", new Object[] {4});
    others.put("prior", new Object[] {Prior.UNIFORM});
    others.put("loss", new Object[] {GanFamily.Loss.HINGE});
    others.put("realTarget", new Object[] {0.9});
    others.put("penalty", new Object[] {GanFamily.PenaltyKind.GRADIENT});
    others.put("penaltyWeight", new Object[] {3.0, "penalty", GanFamily.PenaltyKind.GRADIENT});
    others.put("penaltyEvery", new Object[] {2, "penalty", GanFamily.PenaltyKind.R1});
    others.put("discriminatorNorm", new Object[] {DiscriminatorNorm.SPECTRAL});
    others.put("conditioning", new Object[] {Conditioning.PROJECTION});
    others.put("discriminatorSteps", new Object[] {2});
    others.put("discriminatorRateFactor", new Object[] {4.0});
    others.put("discriminatorSgd", new Object[] {true});
    others.put("replay", new Object[] {6});
    others.put("instanceNoise", new Object[] {0.3});
    others.put("rollback", new Object[] {2});
    return others;
  }

  @Test
  void everySettingMatters() {
    Map<String, Object[]> others = others();
    assertThat(others.keySet())
        .containsExactlyElementsOf(
            Arrays.stream(GanFamily.class.getRecordComponents())
                .map(RecordComponent::getName)
                .toList());
    others.forEach(
        (name, given) -> {
          Object[] needed = Arrays.copyOfRange(given, 1, given.length);
          GanFamily base = Games.with(BASE, needed);
          assertThat(same(state(base), state(Games.with(base, name, given[0])))).as(name).isFalse();
        });
  }

  @Test
  void theSameSettingsGiveTheSameBits() {
    assertThat(same(state(BASE), state(BASE))).isTrue();
  }

  @Test
  void everyLossTrainsInItsOwnWay() {
    for (GanFamily.Loss one : GanFamily.Loss.values()) {
      for (GanFamily.Loss other : GanFamily.Loss.values()) {
        assertThat(
                same(state(Games.with(BASE, "loss", one)), state(Games.with(BASE, "loss", other))))
            .isEqualTo(one == other);
      }
    }
  }

  private static Map<String, double[]> state(GanFamily family) {
    try (Gan gan = family.build(Games.SMALL, 3, 1);
        GanLearner learner =
            family.learner(gan, family.preprocessing(Games.SMALL), Games.course(1e-2, 0, 10))) {
      for (long step = 0; step < 6; step++) {
        try (Scope scope = Scope.open()) {
          learner.step(Games.images(6, 3, step));
        }
      }
      return Games.values(learner.state());
    }
  }

  private static boolean same(Map<String, double[]> one, Map<String, double[]> other) {
    return one.keySet().equals(other.keySet())
        && one.keySet().stream()
            .allMatch(
                name -> Arrays.equals(one.get(name), Objects.requireNonNull(other.get(name))));
  }

  @Test
  void settingsThatContradictAreRefused() {
    assertThatThrownBy(() -> Games.with(GanFamily.dcgan(), "penalty", GanFamily.PenaltyKind.R1))
        .hasMessageContaining("discriminatorNorm BATCH");
    assertThatThrownBy(() -> Games.with(BASE, "loss", GanFamily.Loss.HINGE, "realTarget", 0.9))
        .hasMessageContaining("realTarget must be 1");
    for (String name : new String[] {"realTarget", "penaltyWeight", "instanceNoise"}) {
      assertThatThrownBy(() -> Games.with(BASE, name, Double.NaN)).hasMessageContaining(name);
    }
    for (String name : new String[] {"width", "depth", "latent", "discriminatorSteps"}) {
      assertThatThrownBy(() -> Games.with(BASE, name, 0)).hasMessageContaining(name);
    }
    for (String name : new String[] {"replay", "rollback"}) {
      assertThatThrownBy(() -> Games.with(BASE, name, -1)).hasMessageContaining(name);
    }
  }
}
