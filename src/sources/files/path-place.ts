import type { LogPlace } from '../../core/origin.ts';

/**
 * What the path of a container's log tells. The kubelet names them so (`/var/log/pods` is where they stand):
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/kuberuntime/helpers.go (`BuildContainerLogsDirectory`)
 * and `legacy.go` (`legacyLogSymlink`); Docker: https://docs.docker.com/engine/logging/drivers/json-file/.
 */
const shapes: readonly RegExp[] = [
  /\/pods\/(?<namespace>[^/_]+)_(?<pod>[^/_]+)_[^/_]+\/(?<container>[^/]+)\/\d+\.log[^/]*$/,
  /\/containers\/(?<pod>[^/_]+)_(?<namespace>[^/_]+)_(?<container>[^/]+)-[0-9a-f]{64}\.log$/,
  /\/containers\/(?<container>[0-9a-f]{12})(?<rest>[0-9a-f]{52})\/\k<container>\k<rest>-json\.log[^/]*$/,
];

export const placeOfPath = (path: string): LogPlace => {
  for (const shape of shapes) {
    const groups = shape.exec(path)?.groups;
    if (!groups) continue;
    const { rest: _, ...place } = groups;
    return place;
  }
  return {};
};
