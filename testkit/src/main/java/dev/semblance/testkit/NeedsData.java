package dev.semblance.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A test on the public data sets, or on trained weights that stand beside them. It is skipped where
 * the machine has none of them at all; where it has some, a missing one is a failure.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsData.Condition.class)
public @interface NeedsData {
  /** Looks for the folder of data sets, from a module's folder, as the library does. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      boolean found =
          System.getenv("SEMBLANCE_DATA") != null
              || Stream.of("../shared/data", "../../shared/data")
                  .anyMatch(folder -> Files.isDirectory(Path.of(folder)));
      return found
          ? ConditionEvaluationResult.enabled("data sets found")
          : ConditionEvaluationResult.disabled(
              "no data sets here: set SEMBLANCE_DATA to the folder that holds them");
    }
  }
}
