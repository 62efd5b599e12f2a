.PHONY: format check test bench examples demo

format: ## formats the Java sources
	mvn -q -B spotless:apply

check: ## formatting, Error Prone, NullAway, no test run
	mvn -q -B spotless:check test-compile

test: ## builds and tests everything
	mvn -B verify

bench: ## measures; results go to bench/results
	bench/run

examples: ## runs every example at its full size
	mvn -q -B -pl examples -am -DskipTests package
	examples/run

demo: ## the main job
	./semblance demo
