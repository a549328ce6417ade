/** How many test files run at the same time. */
export const filesSideBySide = 2;
