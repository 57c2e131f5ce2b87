#!/bin/bash
# Beside the box, and as customers come: through nginx, with a number that nobody knows beforehand.
seats=$((RANDOM % 7 + 2))
answer=$(curl -s --max-time 5 -H 'Host: www.harbourline.example' -d "seats=$seats" http://127.0.0.1/booking/hold)
if [ "$answer" = "$seats seats from $HARBOUR are held for $HOLD_MINUTES minutes" ]; then
    echo "Seats are held, for as long as this release says and from its harbour."
elif [[ $answer == *"can't be saved"* ]]; then
    echo "The app answers and can't save a hold. As which user does it run, and to whom does its own directory belong?"
    exit 1
elif [[ $answer == *"seats from"* ]]; then
    echo "Seats are held otherwise than this release says: \"$answer\". What do its notes say of the harbour and the time?"
    exit 1
else
    echo "The page is there, but no seats can be held. The page is the app's, and so is the answer to a hold."
    exit 1
fi
