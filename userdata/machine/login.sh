# shellcheck shell=sh
# For whoever logs in: the settings of this machine, so that `spotmc` works at once, and what to look at.
unset ENV # a shell within the shell says nothing
export SPOTMC_RUN_DIR=/run/spotmc
while IFS="=" read -r name value; do
    export "$name=$value"
done </etc/spotmc.env
unset name value
[ ! -e /etc/spotmc-aws.conf ] || export AWS_CONFIG_FILE=/etc/spotmc-aws.conf
case $- in
*i*) cat /etc/spotmc-greeting ;;
esac
