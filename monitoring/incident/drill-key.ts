/** The key of the alarm that fires for a fire drill: it goes an alarm's whole way, and moves nothing. */
export const drillKey = "drill";
