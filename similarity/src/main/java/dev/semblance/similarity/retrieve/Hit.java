package dev.semblance.similarity.retrieve;

/**
 * One answer of a search.
 *
 * @param id the item's identity, unique in its index
 * @param label the item's class, empty where it has none
 * @param path where the item's picture is, empty where that is unknown
 * @param distance how far it is from the query, small for what looks alike; {@link IndexMeasure}
 *     says in which unit
 */
public record Hit(String id, String label, String path, float distance) {}
