#!/bin/sh
# One builder Job per service of BUILD_SERVICES, from /builder/job.yaml; the digests come back as termination messages.
# COMMIT, DECISION, ENV_IDENTITY, BASE_FILE (the base image and its digest, a line each), PIPELINE_RUN, PIPELINE_RUN_UID,
# NAMESPACE, WORKLOAD, REUSED_DIGEST, RESULTS.
set -eu
short=$(echo "$COMMIT" | cut -c1-12)
base=$(sed -n 1p "$BASE_FILE")
base_digest=$(sed -n 2p "$BASE_FILE")
digest=$REUSED_DIGEST
: >"$RESULTS/builderJobName"
for service in $BUILD_SERVICES; do
  job="builder-$short-$service"
  sed -e "s#__JOB__#$job#g" -e "s#__SERVICE__#$service#g" -e "s#__COMMIT__#$COMMIT#g" -e "s#__SHORT__#$short#g" \
    -e "s#__PIPELINE_RUN__#$PIPELINE_RUN#g" -e "s#__PIPELINE_RUN_UID__#$PIPELINE_RUN_UID#g" \
    -e "s#__DECISION__#$DECISION#g" -e "s#__ENV__#$ENV_IDENTITY#g" -e "s#__BASE__#${base%@*}#g" \
    -e "s#__BASE_DIGEST__#$base_digest#g" /builder/job.yaml |
    kubectl -n "$NAMESPACE" apply -f -
  kubectl -n "$NAMESPACE" logs -f --pod-running-timeout=2m "job/$job" || true
  ended=
  until [ -n "$ended" ]; do # `kubectl wait` knows one condition only, and would wait out its time for a failed Job
    conditions=$(kubectl -n "$NAMESPACE" get "job/$job" -o jsonpath='{.status.conditions[?(@.status=="True")].type}')
    case " $conditions " in
      *" Failed "*) echo "job/$job failed" >&2; exit 1 ;;
      *" Complete "*) ended=1 ;;
      *) sleep "${POLL_SECONDS:-2}" ;;
    esac
  done
  told=$(kubectl -n "$NAMESPACE" get pods -l "batch.kubernetes.io/job-name=$job" \
    -o jsonpath='{.items[-1:].status.containerStatuses[0].state.terminated.message}')
  case "$told" in sha256:*) ;; *) echo "job/$job told no digest" >&2; exit 1 ;; esac
  if [ "$service" = "$WORKLOAD" ]; then
    digest=$told
    printf %s "$job" >"$RESULTS/builderJobName"
  fi
done
printf %s "$digest" >"$RESULTS/imageDigest"
