/**
 * The second way down: the alias of the API's function that answers v1 whatever the flags say. The pin points the
 * HTTP API at it; neither the flag document nor the kill switch has a part in that.
 */
export const pinnedAlias = "v1only";
