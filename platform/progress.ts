/** Told what is being done, one sentence at a time, when it takes long or needs a reason. */
export type Progress = (sentence: string) => void;
