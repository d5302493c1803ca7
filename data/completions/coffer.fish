# Completion of coffer(1) for fish.

# The last elements of the collections' paths; asks no provider to start.
function __coffer_collections
    coffer status --json 2>/dev/null | string replace -rf '^ *"path": ".*/([^/"]*)",*$' '$1'
end

# The sandboxed applications that have a keyring.
function __coffer_applications
    string replace -rf '.*/\.var/app/([^/]*)/data/keyrings/?$' '$1' ~/.var/app/*/data/keyrings
end

complete -c coffer -f
complete -c coffer -n __fish_use_subcommand -l version -d 'Show the version'
complete -c coffer -s h -l help -d 'Show help'

for line in \
        'store:Store a secret, read from standard input' \
        'lookup:Write the secret of an item' \
        'search:Find items by their attributes' \
        'list:List the items of a collection' \
        'show:Show one item' \
        'edit:Change the label, attributes or secret of an item' \
        'delete:Delete all items that match' \
        'clear:Delete all items that match' \
        'generate:Make a new secret' \
        'copy:Copy a secret to the clipboard, and clear it later' \
        'collections:List the collections' \
        'create:Create a collection' \
        'rename:Change the label of a collection' \
        'default:Show or set the default collection' \
        'lock:Lock collections' \
        'unlock:Unlock a collection' \
        'passwd:Change the password of a collection' \
        'remove:Remove a collection and its items' \
        'import:Import secrets of other password managers' \
        'export:Export a collection into a file' \
        'backup:Write all collections into one encrypted file, or check one' \
        'restore:Bring back what a backup holds' \
        'applications:Show the keyrings of sandboxed applications' \
        'status:Show who serves secrets, and what is locked' \
        'check:Look for damage in the files of Coffer' \
        'doctor:Look for what keeps secrets from being served' \
        'version:Show the version'
    set -l parts (string split -m 1 : $line)
    complete -c coffer -n __fish_use_subcommand -a $parts[1] -d $parts[2]
end

complete -c coffer -n 'not __fish_use_subcommand' -l json -d 'Print JSON'

set -l makes '__fish_seen_subcommand_from store generate'
complete -c coffer -n $makes -s l -l label -x -d 'The label'
complete -c coffer -n $makes -s c -l collection -xa '(__coffer_collections)' -d 'Where to store it'
complete -c coffer -n $makes -l content-type -x -d 'The MIME type of the secret'
complete -c coffer -n $makes -l keep -d 'Keep an item that has the same attributes'
complete -c coffer -n '__fish_seen_subcommand_from store' -l strip-newline -d 'Drop one line break at the end'

complete -c coffer -n '__fish_seen_subcommand_from lookup' -l secret-only -d 'Its bytes as they are'
complete -c coffer -n '__fish_seen_subcommand_from search' -s a -l all -d 'All matches'
complete -c coffer -n '__fish_seen_subcommand_from search' -l unlock -d 'Unlock them first'
complete -c coffer -n '__fish_seen_subcommand_from search show applications' -l secrets -d 'Show secrets too'

complete -c coffer -n '__fish_seen_subcommand_from edit' -s l -l label -x -d 'The new label'
complete -c coffer -n '__fish_seen_subcommand_from edit' -l set -x -d 'An attribute to set'
complete -c coffer -n '__fish_seen_subcommand_from edit' -l unset -x -d 'An attribute to remove'
complete -c coffer -n '__fish_seen_subcommand_from edit' -l secret -d 'Read a new secret'

complete -c coffer -n '__fish_seen_subcommand_from import export' -F
complete -c coffer -n '__fish_seen_subcommand_from import export' -l password-fd -x -d 'Read passwords from this descriptor'
complete -c coffer -n '__fish_seen_subcommand_from import' -a 'pass kernel' -d 'Where from'
complete -c coffer -n '__fish_seen_subcommand_from import' -s n -l dry-run -d 'Show what would be imported'
complete -c coffer -n '__fish_seen_subcommand_from import' -s c -l collection -xa '(__coffer_collections)' -d 'Where to store it'
complete -c coffer -n '__fish_seen_subcommand_from export' -s f -l format -xa 'v0 v1 oo7 json' -d 'Of the file'
complete -c coffer -n '__fish_seen_subcommand_from export' -s c -l collection -xa '(__coffer_collections)' -d 'Which one'
complete -c coffer -n '__fish_seen_subcommand_from export' -l application -xa '(__coffer_applications)' -d 'The keyring of this one'
complete -c coffer -n '__fish_seen_subcommand_from backup restore' -F
complete -c coffer -n '__fish_seen_subcommand_from backup restore' -l password-fd -x -d 'Read the password from this descriptor'
complete -c coffer -n '__fish_seen_subcommand_from backup' -l verify -d 'Check the file'
complete -c coffer -n '__fish_seen_subcommand_from backup' -l applications -d 'Take those of applications too'
complete -c coffer -n '__fish_seen_subcommand_from backup' -l recovery-key -d 'Make up a key for it'
complete -c coffer -n '__fish_seen_subcommand_from restore' -s n -l dry-run -d 'Show what would be done'
complete -c coffer -n '__fish_seen_subcommand_from applications' -a '(__coffer_applications)'
complete -c coffer -n '__fish_seen_subcommand_from check' -l data-dir -x -a '(__fish_complete_directories)' -d 'Look here'
complete -c coffer -n '__fish_seen_subcommand_from export backup' -l force -d 'Replace the file'

complete -c coffer -n '__fish_seen_subcommand_from delete clear remove import export restore' -s y -l yes -d 'Do not ask'

complete -c coffer -n '__fish_seen_subcommand_from generate' -s n -l length -x -d Characters
complete -c coffer -n '__fish_seen_subcommand_from generate' -s a -l alphabet -xa 'lower upper digits symbols hex' -d 'Of these'
complete -c coffer -n '__fish_seen_subcommand_from generate' -l characters -x -d 'These and no others'
complete -c coffer -n '__fish_seen_subcommand_from generate' -s w -l words -x -d 'That many words'
complete -c coffer -n '__fish_seen_subcommand_from generate' -l separator -x -d 'Between words'
complete -c coffer -n '__fish_seen_subcommand_from generate' -s p -l print -d 'Print it too'

complete -c coffer -n '__fish_seen_subcommand_from copy' -l clear-after -x -d 'Seconds until it is cleared'

complete -c coffer -n '__fish_seen_subcommand_from create' -l default -d 'Make it the default'
complete -c coffer -n '__fish_seen_subcommand_from create unlock passwd' -l stdin -d 'Take the password here'
complete -c coffer -n '__fish_seen_subcommand_from list lock' -s c -l collection -xa '(__coffer_collections)' -d 'Which one'
complete -c coffer -n '__fish_seen_subcommand_from list rename default lock unlock passwd remove' -a '(__coffer_collections)'
