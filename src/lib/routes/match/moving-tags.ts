/** Names that successive images share, so that the tag does not identify an image. */
const movingNames = new Set(
  (
    'latest stable edge nightly daily weekly canary next current newest head tip snapshot unstable ' +
    'main master trunk dev devel develop development staging stage test testing qa uat acc preprod prod production live ' +
    'release rc beta alpha preview default'
  ).split(' '),
);

/** Whether a tag is a name that moves from image to image, such as `latest`. */
export function isMovingTag(tag: string): boolean {
  return movingNames.has(tag.toLowerCase());
}
