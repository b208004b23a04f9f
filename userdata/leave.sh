#!/bin/bash
# How a machine leaves: what has failed is told, and a worker takes itself out of its fleet, which would replace it.
# boot.sh takes its functions from here; the worker's unit runs it.  Whatever fails here, the machine is switched off.
#   leave.sh done      the worker has left by itself
#   leave.sh failed    it has failed again and again

metadata() { # what EC2's metadata service has at this path
    local service=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254} token
    token=$(curl --fail --silent --show-error --max-time 5 --request PUT \
        --header "X-aws-ec2-metadata-token-ttl-seconds: 60" "$service/latest/api/token") || return
    curl --fail --silent --max-time 5 --header "X-aws-ec2-metadata-token: $token" "$service/latest/$1"
}

tell_log() {
    local stream
    stream=boot-$(metadata meta-data/instance-id)
    aws logs create-log-stream --log-group-name "$SPOTMC_LOG_GROUP" --log-stream-name "$stream"
    aws logs put-log-events --log-group-name "$SPOTMC_LOG_GROUP" --log-stream-name "$stream" \
        --log-events "[$(python3 -c 'import json, sys, time
print(json.dumps({"timestamp": int(time.time() * 1000), "message": sys.argv[1]}))' "$1")]"
}

tell_bucket() { # where the web UI and `spotmc stack` look
    local key
    key=boots/$(date -u +%FT%TZ)-$machine-$(metadata meta-data/instance-id).txt
    aws s3 cp --no-progress --content-type "text/plain; charset=utf-8" - "s3://$SPOTMC_BUCKET/$key" <<<"$1"
}

# An alarm adds up no more than one period, so a boot is counted once in each of the next 60 minutes: the sum over a
# minute is that of the last hour.  CloudWatch takes what is up to two hours ahead.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
count() { # boots or failed-boots
    local points=() now minute at
    now=$(date +%s)
    for ((minute = 0; minute < 60; minute++)); do
        TZ=UTC0 printf -v at '%(%FT%TZ)T' $((now + 60 * minute))
        points+=("{\"MetricName\": \"$1\", \"Timestamp\": \"$at\", \"Value\": 1, \"Unit\": \"Count\",
            \"Dimensions\": [{\"Name\": \"queue\", \"Value\": \"${SPOTMC_QUEUE_URL##*/}\"}]}")
    done
    aws cloudwatch put-metric-data --namespace spot-montecarlo --metric-data "[$(
        IFS=,
        echo "${points[*]}"
    )]"
}

tell_failure() { # everybody who may look
    echo "$1" >&3
    tell_log "$1"
    tell_bucket "$1"
    [[ $machine != worker ]] || count failed-boots
}

is_taken_away() { # and is replaced on purpose
    metadata meta-data/spot/instance-action || metadata meta-data/events/recommendations/rebalance ||
        [[ $(metadata meta-data/autoscaling/target-lifecycle-state) == Terminated ]]
}

in_flight() { # how many messages workers hold; each that is busy holds one or two
    aws sqs get-queue-attributes --queue-url "$SPOTMC_QUEUE_URL" --output text \
        --attribute-names ApproximateNumberOfMessagesNotVisible \
        --query Attributes.ApproximateNumberOfMessagesNotVisible
}

# A fleet of which a thousand leave at once is lowered by the first of them: the others find it low enough.
lower_fleet() {
    local fleet=$1 attempt state target busy
    for ((attempt = 0; attempt < 8; attempt++)); do
        ((attempt == 0)) || sleep $((RANDOM % 8 + 1))
        busy=$(in_flight) || continue
        read -r state target < <(aws ec2 describe-spot-fleet-requests --spot-fleet-request-ids "$fleet" --output text \
            --query 'SpotFleetRequestConfigs[].[SpotFleetRequestState, SpotFleetRequestConfig.TargetCapacity]') || continue
        case $state in
        active)
            ((target > busy)) || return 0
            aws ec2 modify-spot-fleet-request --spot-fleet-request-id "$fleet" --target-capacity "$busy" \
                --excess-capacity-termination-policy noTermination && return
            ;;
        cancelled*) return 0 ;; # it starts no more machines
        esac # somebody else may be modifying it
    done
    return 1
}

leave_fleet() {
    local name=meta-data/tags/instance fleet
    if is_taken_away; then
        echo "EC2 takes this machine away and replaces it"
    elif fleet=$(metadata "$name/aws:ec2spot:fleet-request-id"); then
        lower_fleet "$fleet"
    elif metadata "$name/aws:autoscaling:groupName"; then
        aws autoscaling terminate-instance-in-auto-scaling-group --should-decrement-desired-capacity \
            --instance-id "$(metadata meta-data/instance-id)"
    else
        echo "This machine does not know its fleet"
    fi
}

# A thousand machines may leave at once.
export AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=10

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -u
    machine=worker
    exec 3>&1
    if [[ $1 == failed ]]; then
        tell_failure "the worker failed again and again; its last output: $(
            journalctl --unit=spotmc-worker --lines=5 --output=cat --no-pager | cut -c -500
        )"
    fi
    leave_fleet
fi
