/** The words of a list that is separated by spaces, each once. */
export const words = (text: string | undefined): readonly string[] => [
  ...new Set((text ?? '').split(' ').filter((word) => word !== '')),
];
