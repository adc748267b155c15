/** The current time. A use case takes it as an argument, so that tests set it. */
export type Clock = () => Date;
