/**
 * What is said of input that a request may not have. It is refused by its name, because whoever sends
 * it believes that it does something.
 *
 * @module
 */

export const UNKNOWN_MEMBER = 'Is not a member of this object';
export const UNKNOWN_PARAMETER = 'Is not a parameter of this operation';
