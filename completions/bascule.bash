# bash completion of bascule. Commands, options and formats are asked of the program itself, so that
# what is offered is what the installed version understands.

_bascule_commands() { # _bascule_commands PROGRAM
    "$1" --help 2>/dev/null | sed -n '/^Usage:/,/^Example:/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# Lines like "-o --output DIR" and "- --journal", with what the option takes, if anything.
_bascule_options() { # _bascule_options PROGRAM COMMAND
    "$1" "$2" --help 2>/dev/null | sed -nE '
        s/^      --/  -, --/
        s/^  (-[a-zA-Z]?), (--[a-z-]+)( [A-Z][A-Z=]*| [a-z]+\|[a-z|]+| \x27[^\x27]*\x27)? .*/\1 \2\3/p'
}

# What an option takes; fails if it takes nothing, or is none.
_bascule_taken_by() { # _bascule_taken_by PROGRAM COMMAND OPTION
    _bascule_options "$1" "$2" | awk -v word="$3" '
        ($1 == word || $2 == word) && $3 != "" { print $3; found = 1 }
        END { exit !found }'
}

# Of "what to write: json, html, junit, markdown (json)" or "html, junit, markdown or text (text)".
_bascule_formats() { # _bascule_formats PROGRAM COMMAND
    "$1" "$2" --help 2>/dev/null | sed -nE '/ --format /{
        s/.*--format +[A-Z]+ +//
        s/^[^:]*: //
        s/ \(.*//
        s/,| or//gp
    }'
}

_bascule_schemas() { # _bascule_schemas PROGRAM
    "$1" schema --help 2>/dev/null | sed -n '1{s/.* //; s/|/ /gp}'
}

_bascule_offer() { # _bascule_offer WORDS BEGINNING
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# Folders, and files whose names match; without an expression folders only.
_bascule_files() { # _bascule_files BEGINNING [EXPRESSION]
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(
        {
            compgen -d -- "$1"
            [ $# -lt 2 ] || compgen -f -- "$1" | grep -E -- "$2"
        } | sort -u
    )
}

_bascule_value() { # _bascule_value PROGRAM COMMAND TAKEN BEGINNING
    local done=
    case $3 in
    DIR) _bascule_files "$4" ;;
    FILE) _bascule_files "$4" . ;;
    FORMAT) _bascule_offer "$(_bascule_formats "$1" "$2")" "$4" ;;
    LIST)
        [[ $4 == *,* ]] && done=${4%,*},
        _bascule_offer "$(_bascule_formats "$1" "$2")" "${4##*,}"
        COMPREPLY=("${COMPREPLY[@]/#/$done}")
        ;;
    *'|'*) _bascule_offer "${3//|/ }" "$4" ;;
    esac
}

_bascule_operand() { # _bascule_operand PROGRAM COMMAND BEGINNING
    case $2 in
    help) _bascule_offer "$(_bascule_commands "$1")" "$3" ;;
    schema) _bascule_offer "$(_bascule_schemas "$1")" "$3" ;;
    run | simulate | check | plan) _bascule_files "$3" '\.ya?ml$' ;;
    *) _bascule_files "$3" '\.json$' ;;
    esac
}

_bascule() {
    local program=$1 command=${COMP_WORDS[1]} taken
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

    COMPREPLY=()
    # "--name=value" comes as three words.
    if [ "$current" = = ]; then
        current=
    elif [ "$before" = = ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [ "$COMP_CWORD" -eq 1 ]; then
        _bascule_offer "$(_bascule_commands "$program") --help --version" "$current"
    elif taken=$(_bascule_taken_by "$program" "$command" "$before"); then
        _bascule_value "$program" "$command" "$taken" "$current"
    elif [[ $current == -* ]]; then
        _bascule_offer "$(_bascule_options "$program" "$command" | cut -d' ' -f2) --help" "$current"
    else
        _bascule_operand "$program" "$command" "$current"
    fi
}

complete -F _bascule bascule
